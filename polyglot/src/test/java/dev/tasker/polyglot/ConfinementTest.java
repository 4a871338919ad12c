package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What JavaScript and Python handlers cannot reach without a grant.
class ConfinementTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @Test
    void javaScriptHasNoWayToTheHost() {
        assertThat(GUESTS.success(HandlerRuntime.JAVASCRIPT, "Confined"))
                .isEqualTo(List.of("undefined", "undefined", "undefined", "undefined", "undefined"));
    }

    @Test
    void javaScriptImportsNothingFromElsewhere() {
        StepError error = GUESTS.failure(HandlerRuntime.JAVASCRIPT, "ImportsOutside");

        assertThat(error.message()).contains("/etc/passwd");
        assertThat(error.toString()).doesNotContain("root:");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "open('/etc/passwd').read()",
                "open(__file__.replace('confined.py', 'data/greeting.txt')).read()",
                "open(__file__, 'w')",
                "__import__('os').listdir('/')",
                "__import__('os').remove(__file__)",
                "__import__('os').mkdir(__file__ + '.d')",
                "__import__('os').symlink('/etc/passwd', __file__ + '.py')",
                "__import__('java').type('java.lang.System')",
                "__import__('socket').create_connection(('127.0.0.1', 1))",
                "__import__('subprocess').run(['true'])",
                "__import__('os').system('true')",
                "__import__('os').fork()",
                "__import__('ctypes').CDLL(None)"
            })
    void pythonReachesNothingOutside(String expression) {
        StepError error = GuestFixture.error(evaluate(expression));

        assertThat(error.retryable()).isTrue();
        assertThat(error.toString()).doesNotContain("root:").doesNotContain("hello");
        assertThat(error.errorClass()).as(error.toString()).isNotEqualTo("NameError");
    }

    @Test
    void pythonSeesNoEnvironment() {
        assertThat(evaluate("__import__('os').environ.get('HOME')")).isEqualTo(new StepResult.Success(null));
    }

    private static StepResult evaluate(String expression) {
        return GUESTS.run(
                HandlerRuntime.PYTHON, "Evaluates", Map.of("code", expression), GuestFixture.file("confined.py"));
    }

    @Test
    void javaIsNoGuestLanguage() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolyglotHost.open(HandlerRuntime.JAVA, PolyglotConfig.defaults()));
    }
}
