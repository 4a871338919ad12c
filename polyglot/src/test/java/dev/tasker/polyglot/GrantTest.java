package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.Grant;
import dev.tasker.result.StepResult;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an operator grants, a handler may do.
class GrantTest {
    @TempDir
    Path folder;

    @Test
    void grantedFilesAndEnvironmentCanBeRead() throws Exception {
        Path file = Files.writeString(folder.resolve("granted.txt"), "granted");
        PolyglotConfig config =
                PolyglotConfig.builder().grants(Set.of(Grant.IO, Grant.ENV)).build();
        try (GuestFixture guests = new GuestFixture(config)) {
            assertThat(evaluate(guests, "open('" + file + "').read()")).isEqualTo(new StepResult.Success("granted"));
            assertThat(evaluate(guests, "__import__('os').environ.get('PATH')"))
                    .isEqualTo(new StepResult.Success(System.getenv("PATH")));
        }
    }

    @Test
    void socketsOpenWithTheirGrantAndNothingElseDoes() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                GuestFixture guests = new GuestFixture(
                        PolyglotConfig.builder().grants(Set.of(Grant.NET)).build())) {
            String connect = "__import__('socket').create_connection(('127.0.0.1', " + server.getLocalPort()
                    + ")).getpeername()[1]";
            assertThat(evaluate(guests, connect)).isEqualTo(new StepResult.Success((long) server.getLocalPort()));
            assertThat(GuestFixture.error(evaluate(guests, "open('/etc/passwd').read()"))
                            .errorClass())
                    .isEqualTo("PermissionError");
            assertThat(evaluate(guests, "__import__('os').environ.get('PATH')"))
                    .isEqualTo(new StepResult.Success(null));
            assertThat(GuestFixture.error(evaluate(guests, "__import__('os').system('true')"))
                            .errorClass())
                    .isEqualTo("PermissionError");
        }
    }

    @Test
    void filesAreWrittenAndImportedWithTheirGrantAndSocketsStayClosed() throws Exception {
        Path module = Files.writeString(folder.resolve("elsewhere.mjs"), "export const answer = 7;");
        try (GuestFixture guests = new GuestFixture(
                PolyglotConfig.builder().grants(Set.of(Grant.IO)).build())) {
            Path written = folder.resolve("written.txt");
            assertThat(evaluate(guests, "__import__('pathlib').Path('" + written + "').write_text('x')"))
                    .isEqualTo(new StepResult.Success(1L));
            assertThat(written).hasContent("x");
            assertThat(guests.runCode(
                            HandlerRuntime.JAVASCRIPT, "return import('" + module + "').then((found) => found.answer)"))
                    .isEqualTo(new StepResult.Success(7L));
            assertThat(GuestFixture.error(evaluate(guests, "__import__('socket').socket()"))
                            .errorClass())
                    .isEqualTo("PermissionError");
            assertThat(evaluate(guests, "__import__('os').environ.get('PATH')"))
                    .isEqualTo(new StepResult.Success(null));
        }
    }

    private static StepResult evaluate(GuestFixture guests, String expression) {
        return guests.run(
                HandlerRuntime.PYTHON, "Evaluates", Map.of("code", expression), GuestFixture.file("confined.py"));
    }

    @Test
    void grantsAreNamedAsOnTheCommandLine() {
        assertThat(Grant.named("net")).contains(Grant.NET);
        assertThat(Grant.named("everything")).isEmpty();
    }
}
