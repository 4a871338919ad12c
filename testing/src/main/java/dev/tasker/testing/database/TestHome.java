package dev.tasker.testing.database;

import dev.tasker.db.embedded.EmbeddedPostgresConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Where the embedded server for tests keeps its files: apart from the user's own tasks, and safe to delete.
final class TestHome {
    private static final Duration START_MAX = Duration.ofSeconds(60);
    private static final Path SHARED_DATA = Path.of("/var/tmp");

    private TestHome() {}

    static EmbeddedPostgresConfig config() {
        Path home = Path.of(System.getProperty("user.home"), ".cache", "tasker-testing");
        try {
            Files.createDirectories(home);
        } catch (IOException problem) {
            throw new UncheckedIOException("cannot create " + home + " for the test databases", problem);
        }
        // For a home folder that the server's account cannot enter.
        Path perUser = SHARED_DATA.resolve("tasker-testing-" + System.getProperty("user.name"));
        return new EmbeddedPostgresConfig(home, List.of(perUser), START_MAX);
    }
}
