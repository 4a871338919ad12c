package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.math.BigInteger;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What a handler sees and returns: the same in the three languages.
class HandlerContractTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void nestedDataGoesInAndComesOutUnchanged(HandlerRuntime runtime) {
        Map<String, Object> context = GuestFixture.defaultContext();

        assertThat(GUESTS.success(runtime, "Echo"))
                .isEqualTo(Map.of("context", context, "first", 3L, "copy", Map.of("x", 1L, "y", "z")));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void taskStepAndConfigShowTheirFields(HandlerRuntime runtime) {
        assertThat(GUESTS.success(runtime, "Views"))
                .isEqualTo(Map.of(
                        "task",
                        List.of(
                                "1",
                                "shop",
                                "order",
                                "1.0.0",
                                "ann",
                                "web",
                                "test",
                                List.of("a", "b"),
                                "corr-1",
                                "2026-01-02T03:04:05Z"),
                        "step",
                        List.of("7", "second", 2L, 3L, Map.of("in", 1L)),
                        "config",
                        5L));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void dataIsReadTheWayTheLanguageReadsItsOwn(HandlerRuntime runtime) {
        assertThat(GUESTS.success(runtime, "Idioms"))
                .isEqualTo(Map.ofEntries(
                        Map.entry("has", true),
                        Map.entry("lacks", false),
                        Map.entry("missing", "default"),
                        Map.entry("null", true),
                        Map.entry("sum", 6L),
                        Map.entry("keys", List.of("x", "y")),
                        Map.entry("pairs", List.of("x1", "yz")),
                        Map.entry("length", 3L),
                        Map.entry("spread", Map.of("x", 1L, "y", "z", "more", 1L)),
                        Map.entry("text", "grüße 🎉".toUpperCase(java.util.Locale.ROOT)),
                        Map.entry("ancestor", List.of("first", "complete", 99L)),
                        Map.entry("shared", 42L)));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void numbersKeepTheirValueAndTheirKind(HandlerRuntime runtime) {
        BigInteger huge = BigInteger.TWO.pow(80);
        Object second = runtime == HandlerRuntime.JAVASCRIPT ? 2.5 : 2.0;

        assertThat(GUESTS.success(runtime, "Numbers"))
                .isEqualTo(List.of(
                        1L,
                        second,
                        BigInteger.TWO.pow(70),
                        Long.MIN_VALUE,
                        Long.MAX_VALUE,
                        0.1,
                        huge,
                        huge.add(BigInteger.ONE)));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void retryableErrorKeepsItsDelayAndContext(HandlerRuntime runtime) {
        StepError error = GUESTS.failure(runtime, "Retryable");

        assertThat(error.retryable()).isTrue();
        assertThat(error.retryAfter()).isEqualTo(Duration.ofMillis(1500));
        assertThat(error.message()).isEqualTo("gateway busy");
        assertThat(error.errorClass()).endsWith("RetryableError");
        assertThat(error.context()).containsEntry("gateway", "eu-1").containsEntry("none", null);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void permanentErrorKeepsItsCodeAndCause(HandlerRuntime runtime) {
        StepError error = GUESTS.failure(runtime, "Permanent");

        assertThat(error.retryable()).isFalse();
        assertThat(error.errorCode()).isEqualTo("EMPTY_CART");
        assertThat(error.context()).containsEntry("cart", 7L);
        assertThat(error.cause()).isNotNull();
        assertThat(error.cause().errorClass())
                .isEqualTo(runtime == HandlerRuntime.JAVASCRIPT ? "TypeError" : "KeyError");
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT,RangeError", "PYTHON,ValueError", "RUBY,ArgumentError"})
    void anyOtherErrorIsRetryableAndNamesItsLines(HandlerRuntime runtime, String errorClass) {
        StepError error = GUESTS.failure(runtime, "Other");

        assertThat(error.retryable()).isTrue();
        assertThat(error.errorClass()).isEqualTo(errorClass);
        assertThat(error.message()).isEqualTo("bad value");
        assertThat(error.backtrace()).hasSize(2);
        assertThat(error.backtrace().get(0))
                .contains("cases." + GuestFixture.suffix(runtime) + ":")
                .contains("deeper");
        assertThat(error.backtrace().get(1)).contains(":in ").contains("process");
    }

    @ParameterizedTest
    @EnumSource(names = {"JAVASCRIPT", "PYTHON"})
    void asynchronousHandlersAreAwaited(HandlerRuntime runtime) {
        assertThat(GUESTS.success(runtime, "Async")).isEqualTo(Map.of("value", 42L));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void processResultsDecidesWhatIsStored(HandlerRuntime runtime) {
        assertThat(GUESTS.success(runtime, "Kept"))
                .isEqualTo(Map.of("output", Map.of("new", 1L), "before", Map.of("old", List.of(1L)), "step", "second"));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void readTextReadsBelowTheDataFolder(HandlerRuntime runtime) {
        assertThat(GUESTS.success(runtime, "Reads")).isEqualTo("hello\n");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void readTextOutsideTheDataFolderEndsTheStep(HandlerRuntime runtime) {
        StepError error = GUESTS.failure(runtime, "ReadsOutside");

        assertThat(error.retryable()).isFalse();
        assertThat(error.errorCode()).isEqualTo("DATA_FILE_UNAVAILABLE");
        assertThat(error.backtrace()).isNotEmpty().allMatch(line -> line.contains("cases."));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void handlerMayRescueAFileThatIsMissing(HandlerRuntime runtime) {
        assertThat(GUESTS.success(runtime, "RescuesRead")).isEqualTo("DATA_FILE_UNAVAILABLE");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void stepThatIsNoAncestorIsAPermanentError(HandlerRuntime runtime) {
        StepError error = GUESTS.failure(runtime, "NoAncestor");

        assertThat(error.retryable()).isFalse();
        assertThat(error.errorCode()).isEqualTo("STEP_NOT_AN_ANCESTOR");
        assertThat(error.message()).contains("depends_on_steps");
        assertThat(error.context()).containsEntry("step", "elsewhere");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void declaredNameStandsInTheKey(HandlerRuntime runtime) {
        assertThat(GUESTS.success(runtime, "orders.named")).isEqualTo("named");
    }

    @ParameterizedTest
    @EnumSource(names = "RUBY")
    void constantPathStandsInTheKey(HandlerRuntime runtime) {
        assertThat(GUESTS.success(runtime, "Orders::Nested")).isEqualTo("nested");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "__import__('json').dumps(task.context['data'])|{\"x\": [1, {\"y\": null}]}",
                "str(__import__('copy').deepcopy(task.context['data']))|{'x': [1, {'y': None}]}",
                "type(__import__('copy').deepcopy(task.context['data'])['x'][1]).__name__|dict"
            })
    void pythonModulesTakeTheDataOfTheHost(String code, String result) {
        Map<String, Object> nothing = new HashMap<>();
        nothing.put("y", null);
        Map<String, Object> context = Map.of("code", code, "data", Map.of("x", List.of(1L, nothing)));

        assertThat(GUESTS.run(HandlerRuntime.PYTHON, "Evaluates", context, GuestFixture.file("confined.py")))
                .isEqualTo(new StepResult.Success(result));
    }
}
