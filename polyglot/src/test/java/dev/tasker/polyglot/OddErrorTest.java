package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.list;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Errors that are no ordinary exceptions, or that break when they are looked at: each is described.
class OddErrorTest {
    private static final HandlerRuntime JAVASCRIPT = HandlerRuntime.JAVASCRIPT;
    private static final HandlerRuntime PYTHON = HandlerRuntime.PYTHON;
    private static final HandlerRuntime RUBY = HandlerRuntime.RUBY;

    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    static Stream<Arguments> errors() {
        return Stream.of(
                Arguments.of(JAVASCRIPT, "throw 'text'", "string", "the handler threw text"),
                Arguments.of(JAVASCRIPT, "throw null", "null", "the handler threw null"),
                Arguments.of(JAVASCRIPT, "throw undefined", "undefined", "the handler threw undefined"),
                Arguments.of(JAVASCRIPT, "throw Symbol('x')", "symbol", "the handler threw Symbol(x)"),
                Arguments.of(
                        JAVASCRIPT, "throw function named() {}", "function", "the handler threw the function named"),
                Arguments.of(JAVASCRIPT, "throw () => 1", "function", "the handler threw the function without a name"),
                Arguments.of(JAVASCRIPT, "throw 10n", "bigint", "the handler threw 10"),
                Arguments.of(JAVASCRIPT, "throw [1, 2]", "object", "the handler threw [1,2]"),
                Arguments.of(JAVASCRIPT, "throw Object.create(null)", "object", "the handler threw {}"),
                Arguments.of(
                        JAVASCRIPT,
                        "throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } })",
                        "object",
                        "the handler threw ?"),
                Arguments.of(JAVASCRIPT, "throw task.context", "object", "the handler threw {\"code\":"),
                Arguments.of(JAVASCRIPT, "return Promise.reject()", "undefined", "the handler threw undefined"),
                Arguments.of(JAVASCRIPT, "return Promise.reject(Symbol('y'))", "symbol", "the handler threw Symbol(y)"),
                Arguments.of(JAVASCRIPT, "return Promise.reject(null)", "null", "the handler threw null"),
                Arguments.of(JAVASCRIPT, "return Promise.any([])", "AggregateError", ""),
                Arguments.of(
                        JAVASCRIPT,
                        "throw new AggregateError([new TypeError('a'), null, 5], 'all')",
                        "AggregateError",
                        "all (TypeError: a; null; 5)"),
                Arguments.of(
                        JAVASCRIPT, "return { then() { throw new TypeError('in then'); } }", "TypeError", "in then"),
                Arguments.of(
                        JAVASCRIPT,
                        "return { get then() { throw new TypeError('no then'); } }",
                        "TypeError",
                        "no then"),
                Arguments.of(
                        JAVASCRIPT,
                        "return { get x() { throw new TypeError('in getter'); } }",
                        "TypeError",
                        "in getter"),
                Arguments.of(JAVASCRIPT, "return new Promise(() => {})", "PromiseNeverSettled", "can never settle"),
                Arguments.of(JAVASCRIPT, "return { then() {} }", "PromiseNeverSettled", "can never settle"),
                Arguments.of(JAVASCRIPT, "throw new Error('a\\0b\\ud800c')", "Error", "a\uFFFDb?c"),
                Arguments.of(PYTHON, "raise StopIteration('s')", "StopIteration", "s"),
                Arguments.of(PYTHON, "raise GeneratorExit", "GeneratorExit", "GeneratorExit"),
                Arguments.of(PYTHON, "raise KeyboardInterrupt('k')", "KeyboardInterrupt", "k"),
                Arguments.of(PYTHON, "raise BaseException('b')", "BaseException", "b"),
                Arguments.of(PYTHON, "class B(BaseException): pass\nraise B('b')", "run.<locals>.B", "b"),
                Arguments.of(
                        PYTHON,
                        "raise ExceptionGroup('g', [ValueError('a'), TypeError('b')])",
                        "ExceptionGroup",
                        "g (2 sub-exceptions): ValueError: a; TypeError: b"),
                Arguments.of(
                        PYTHON,
                        "raise BaseExceptionGroup('g', [KeyboardInterrupt('k')])",
                        "BaseExceptionGroup",
                        "KeyboardInterrupt: k"),
                Arguments.of(
                        PYTHON,
                        "class E(Exception):\n def __str__(self): raise ValueError('no')\nraise E()",
                        "run.<locals>.E",
                        "E, whose message cannot be shown (ValueError)"),
                Arguments.of(
                        PYTHON,
                        "class E(Exception):\n def __str__(self): raise SystemExit(3)\nraise E()",
                        "run.<locals>.E",
                        "E, whose message cannot be shown (SystemExit)"),
                Arguments.of(
                        PYTHON,
                        "class E(Exception):\n def __getattribute__(self, name): raise ValueError(name)\nraise E()",
                        "E",
                        "the error cannot be described"),
                Arguments.of(
                        PYTHON, "e = ValueError('own cause')\ne.__cause__ = e\nraise e", "ValueError", "own cause"),
                Arguments.of(PYTHON, "raise 5", "TypeError", "must derive from BaseException"),
                Arguments.of(PYTHON, "raise ValueError('a\\0b\\ud800c')", "ValueError", "a\uFFFDb?c"),
                Arguments.of(RUBY, "throw :tag", "UncaughtThrowError", "uncaught throw :tag"),
                Arguments.of(RUBY, "raise SystemStackError, 'deep'", "SystemStackError", "deep"),
                Arguments.of(RUBY, "raise NoMemoryError, 'none'", "NoMemoryError", "none"),
                Arguments.of(RUBY, "raise SignalException, 'TERM'", "SignalException", "SIGTERM"),
                Arguments.of(RUBY, "raise Interrupt", "Interrupt", "Interrupt"),
                Arguments.of(RUBY, "raise Exception, 'bare'", "Exception", "bare"),
                Arguments.of(RUBY, "'x'.freeze << 'y'", "FrozenError", "can't modify frozen String"),
                Arguments.of(RUBY, "task.context['code'] << 'y'", "FrozenError", "can't modify frozen String"),
                Arguments.of(RUBY, "task.context['new'] = 1", "FrozenError", "can't modify frozen Hash"),
                Arguments.of(RUBY, "return 6", "LocalJumpError", "unexpected return"),
                Arguments.of(RUBY, "raise 5", "TypeError", "exception class/object expected"),
                Arguments.of(
                        RUBY,
                        "class M1 < StandardError; def message = raise('no'); end; raise M1",
                        "Runs::M1",
                        "Runs::M1"),
                Arguments.of(RUBY, "class M2 < StandardError; def backtrace = 5; end; raise M2, 'b'", "Runs::M2", "b"),
                Arguments.of(RUBY, "class M3 < StandardError; def cause = self; end; raise M3, 'c'", "Runs::M3", "c"),
                Arguments.of(RUBY, "raise \"a\\0b\"", "RuntimeError", "a\uFFFDb"),
                Arguments.of(RUBY, "raise \"\\xff\\xfe\"", "RuntimeError", "??"));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource
    void errors(HandlerRuntime runtime, String code, String errorClass, String message) {
        StepError error = GuestFixture.error(GUESTS.runCode(runtime, code));

        assertThat(error.errorClass()).as(error.toString()).isEqualTo(errorClass);
        assertThat(error.message()).contains(message);
        assertThat(error.retryable()).isEqualTo(!errorClass.equals("PromiseNeverSettled"));
        assertThat(GUESTS.run(runtime, "Fine", Map.of(), GuestFixture.runs(runtime)))
                .isEqualTo(new StepResult.Success("fine"));
    }

    @Test
    void thenableThatSettlesTwiceSettlesOnce() {
        assertThat(GUESTS.runCode(JAVASCRIPT, "return { then(ok, no) { ok(1); ok(2); no(3); throw 4; } }"))
                .isEqualTo(new StepResult.Success(1L));
    }

    @Test
    void partsOfAnAggregateErrorAreDescribedBesideIt() {
        StepError error = GuestFixture.error(
                GUESTS.runCode(JAVASCRIPT, "throw new AggregateError([new TypeError('a'), 5], 'all')"));

        assertThat(error.context().get("errors"))
                .asInstanceOf(list(Map.class))
                .extracting(part -> part.get("class"))
                .isEqualTo(List.of("TypeError", "number"));
    }

    @Test
    void memoryThatIsNotThereHasACodeOfItsOwn() {
        for (StepResult result : List.of(
                GUESTS.runCode(PYTHON, "raise MemoryError('none')"),
                GUESTS.runCode(RUBY, "raise NoMemoryError, 'none'"))) {
            assertThat(GuestFixture.error(result).errorCode()).isEqualTo("MEMORY_EXHAUSTED");
        }
    }
}
