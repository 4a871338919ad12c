package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.Grant;
import dev.tasker.result.StepResult;
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
