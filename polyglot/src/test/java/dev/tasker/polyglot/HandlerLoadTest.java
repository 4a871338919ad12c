package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What is wrong with a handler's file is told with its place.
class HandlerLoadTest {
    @TempDir
    private Path folder;

    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    private static HandlerLoadException refused(HandlerRuntime runtime, String handler, @Nullable Path file) {
        HandlerSource source = new HandlerSource(new HandlerKey(runtime, handler), file);
        HandlerLoadException refusal = catchThrowableOfType(
                HandlerLoadException.class, () -> GUESTS.host(runtime).load(source));
        assertThat(refusal).isNotNull();
        return refusal;
    }

    private static Path broken(HandlerRuntime runtime, String name) {
        return GuestFixture.file("broken/" + name + "." + GuestFixture.suffix(runtime));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void missingFileIsNamed(HandlerRuntime runtime) {
        Path absent = GuestFixture.cases(runtime).resolveSibling("absent.x");

        HandlerLoadException refusal = refused(runtime, "Absent", absent);

        assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_FILE_MISSING);
        assertThat(refusal).hasMessageContaining(absent.toString());
        assertThat(refused(runtime, "Absent", null).code()).isEqualTo(ErrorCode.HANDLER_FILE_MISSING);
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT,4", "PYTHON,5", "RUBY,"})
    void syntaxErrorNamesFileAndLine(HandlerRuntime runtime, @Nullable Integer line) {
        HandlerLoadException refusal = refused(runtime, "Broken", broken(runtime, "syntax"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_SYNTAX_ERROR);
        assertThat(refusal).hasMessageContaining(broken(runtime, "syntax") + ":" + (line == null ? "" : line + ":"));
        assertThat(refusal.details()).containsKey("line");
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT,no-such-package", "PYTHON,no_such_package", "RUBY,no_such_package"})
    void missingPackageIsNamed(HandlerRuntime runtime, String wanted) {
        HandlerLoadException refusal = refused(runtime, "Imports", broken(runtime, "imports"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_LOAD_FAILED);
        assertThat(refusal).hasMessageContaining(wanted).hasMessageContaining("imports.");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void errorWhileLoadingNamesItsMessageAndLine(HandlerRuntime runtime) {
        HandlerLoadException refusal = refused(runtime, "Raises", broken(runtime, "raises"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_LOAD_FAILED);
        assertThat(refusal).hasMessageContaining("no settings").hasMessageContaining(broken(runtime, "raises") + ":");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void missingClassIsToldWithThoseThatWereFound(HandlerRuntime runtime) {
        HandlerLoadException refusal = refused(runtime, "Ecco", GuestFixture.cases(runtime));

        assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_CLASS_MISSING);
        assertThat(refusal).hasMessageContaining("Echo").hasMessageContaining("orders.named");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void declaredNameReplacesTheClassName(HandlerRuntime runtime) {
        assertThat(refused(runtime, "Named", GuestFixture.cases(runtime)).code())
                .isEqualTo(ErrorCode.HANDLER_CLASS_MISSING);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void classThatIsNoStepHandlerIsRefused(HandlerRuntime runtime) {
        assertThat(refused(runtime, "NotAHandler", GuestFixture.cases(runtime)).code())
                .isEqualTo(ErrorCode.HANDLER_NOT_A_STEP_HANDLER);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void nameDeclaredTwiceIsRefused(HandlerRuntime runtime) {
        HandlerLoadException refusal = refused(runtime, "same", broken(runtime, "twice"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_DUPLICATE);
        assertThat(refusal).hasMessageContaining("One").hasMessageContaining("Two");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void keyOfAnotherFileIsRefusedWithBothPlaces(HandlerRuntime runtime) {
        Path first = GuestFixture.cases(runtime);
        Path second = GuestFixture.file("other/echo." + GuestFixture.suffix(runtime));
        HandlerSource source = new HandlerSource(new HandlerKey(runtime, "Echo"), first);
        GUESTS.host(runtime).load(source);
        GUESTS.host(runtime).load(source);

        HandlerLoadException refusal = refused(runtime, "Echo", second);

        assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_DUPLICATE);
        assertThat(refusal).hasMessageContaining(first.toString()).hasMessageContaining(second.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "JAVASCRIPT,'process(task, sequence, step, more)'",
        "PYTHON,'process(self, task)'",
        "RUBY,'process(task)'"
    })
    void processThatTakesOtherArgumentsIsRefusedWithItsSignature(HandlerRuntime runtime, String signature)
            throws Exception {
        String code = switch (runtime) {
            case JAVASCRIPT ->
                "import { StepHandler } from \"tasker\";\n"
                        + "export class Odd extends StepHandler { process(task, sequence, step, more) {} }\n";
            case PYTHON ->
                "from tasker import StepHandler\nclass Odd(StepHandler):\n    def process(self, task): pass\n";
            default -> "require \"tasker\"\nclass Odd < Tasker::StepHandler\n  def process(task) = 1\nend\n";
        };

        HandlerLoadException refusal = refused(runtime, "Odd", written(runtime, "odd", code));

        assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_SIGNATURE_INVALID);
        assertThat(refusal).hasMessageContaining(signature).hasMessageContaining("three arguments");
    }

    @ParameterizedTest
    @CsvSource({
        "retryLimit,retry_limit,-1,a whole number",
        "retryLimit,retry_limit,1.5,a whole number",
        "timeoutSeconds,timeout_seconds,0,a whole number",
        "concurrency,concurrency,0,a whole number",
        "retryable,retryable,5,true or false",
        "description,description,5,text",
        "inputsSchema,inputs_schema,5,a map",
        "resultSchema,result_schema,5,a map",
        "customEvents,custom_events,5,a list",
        "backoff,backoff,5,a map"
    })
    void declarationThatMakesNoSenseIsRefusedByAllLanguages(String camel, String snake, String value, String wanted)
            throws Exception {
        for (HandlerRuntime runtime : GuestFixture.RUNTIMES) {
            String name = "Odd" + camel + (value.length() > 2 ? "Fraction" : "");
            String code = """
                    %s
                    """.formatted(
                            declaring(runtime, name, runtime == HandlerRuntime.JAVASCRIPT ? camel : snake, value));

            HandlerLoadException refusal = refused(runtime, name, written(runtime, name, code));

            assertThat(refusal.code()).as(runtime + " " + refusal).isEqualTo(ErrorCode.HANDLER_DECLARATION_INVALID);
            assertThat(refusal).hasMessageContaining(snake).hasMessageContaining(wanted);
        }
    }

    private static String declaring(HandlerRuntime runtime, String name, String key, String value) {
        return switch (runtime) {
            case JAVASCRIPT ->
                "import { StepHandler } from \"tasker\";\nexport class " + name + " extends StepHandler { static " + key
                        + " = " + value + "; process() {} }";
            case PYTHON ->
                "from tasker import StepHandler\nclass " + name + "(StepHandler):\n    " + key + " = " + value
                        + "\n    def process(self, task, sequence, step): pass";
            default ->
                "require \"tasker\"\nclass " + name + " < Tasker::StepHandler\n  " + key + " " + value
                        + "\n  def process(_task, _sequence, _step) = 1\nend";
        };
    }

    private Path written(HandlerRuntime runtime, String name, String code) throws Exception {
        return Files.writeString(folder.resolve(name + "." + GuestFixture.suffix(runtime)), code);
    }
}
