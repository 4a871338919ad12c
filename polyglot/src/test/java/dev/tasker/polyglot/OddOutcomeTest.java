package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Results that cannot be stored, and ends that are no exceptions.
class OddOutcomeTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @ParameterizedTest
    @CsvSource({
        "RefusedNaN,results.items[1].price",
        "RefusedFunction,results.call",
        "RefusedCycle,results.child.parent",
        "RefusedObject,results.handler",
        "RefusedKey,results.byId",
        "RefusedBytes,results.data",
        "RefusedNul,results.text"
    })
    void whatIsNotJsonIsRefusedWithItsPath(String handler, String path) {
        for (HandlerRuntime runtime : GuestFixture.RUNTIMES) {
            StepError error = GUESTS.failure(runtime, handler);

            assertThat(error.errorCode()).as(runtime + " " + error).isEqualTo("RESULT_NOT_JSON");
            assertThat(error.retryable()).isFalse();
            assertThat(error.context()).containsEntry("path", path);
            assertThat(error.message()).startsWith("the result cannot be stored: " + path + ": ");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void resultThatIsNestedTooDeepIsRefused(HandlerRuntime runtime) {
        StepError error = GUESTS.failure(runtime, "RefusedDepth");

        assertThat(error.errorCode()).isEqualTo("RESULT_TOO_LARGE");
        assertThat(error.message()).startsWith("the result cannot be stored: results[0][0]");
    }

    @Test
    void datesSetsAndDecimalsHaveAWrittenForm() {
        assertThat(GUESTS.success(HandlerRuntime.JAVASCRIPT, "Mapped").toString())
                .isEqualTo("[2026-01-02T03:04:05.000Z, {a=1}, [7], null, {}]");
        assertThat(GUESTS.success(HandlerRuntime.PYTHON, "Mapped").toString())
                .isEqualTo("[2026-01-02T03:04:05+00:00, 1.10, [7], [1]]");
        assertThat(GUESTS.success(HandlerRuntime.RUBY, "Mapped").toString())
                .isEqualTo("[2026-01-02T03:04:05Z, symbol, [7], café]");
    }

    @ParameterizedTest
    @CsvSource({
        "JAVASCRIPT,Recursion,RangeError",
        "PYTHON,Recursion,RecursionError",
        "RUBY,Recursion,SystemStackError",
        "PYTHON,Exits,SystemExit",
        "PYTHON,ExitsHard,SystemExit",
        "RUBY,Exits,SystemExit",
        "RUBY,ExitsHard,SystemExit",
        "RUBY,ThrowsTag,UncaughtThrowError",
        "RUBY,RaisesException,Exception",
        "RUBY,KillsThread,SystemExit",
        "JAVASCRIPT,AsyncRejects,TypeError"
    })
    void everyOtherEndIsARetryableFailureAndTheNextCallWorks(
            HandlerRuntime runtime, String handler, String errorClass) {
        StepError error = GUESTS.failure(runtime, handler);

        assertThat(error.errorClass()).as(error.toString()).isEqualTo(errorClass);
        assertThat(error.retryable()).isTrue();
        assertThat(GUESTS.success(runtime, "orders.named")).isEqualTo("named");
    }

    @ParameterizedTest
    @CsvSource({"text,string,oops", "object,object,'{\"code\":7}'", "nothing,undefined,undefined"})
    void anythingThatJavaScriptThrowsIsDescribed(String what, String errorClass, String shown) {
        StepError error = GuestFixture.error(GUESTS.run(HandlerRuntime.JAVASCRIPT, "Throws", Map.of("what", what)));

        assertThat(error.errorClass()).isEqualTo(errorClass);
        assertThat(error.message()).isEqualTo("the handler threw " + shown);
    }

    @Test
    void promiseThatNeverSettlesIsAPermanentFailure() {
        StepError error = GUESTS.failure(HandlerRuntime.JAVASCRIPT, "NeverSettles");

        assertThat(error.errorCode()).isEqualTo("PROMISE_NEVER_SETTLED");
        assertThat(error.retryable()).isFalse();
    }

    @Test
    void moduleMayAwaitAtItsTopLevel() {
        assertThat(GUESTS.run(HandlerRuntime.JAVASCRIPT, "Awaited", Map.of(), GuestFixture.file("top_level_await.mjs")))
                .isEqualTo(new StepResult.Success(5L));
    }
}
