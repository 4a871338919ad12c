package dev.tasker.db.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Which embedded database to open, and how long to wait for it.
///
/// @param home the home folder that the database belongs to: two homes have two databases
/// @param fallbacks folders that are tried in this order when the server's account cannot reach `home`
/// @param startMax the longest wait for the server, including its recovery after a crash
public record EmbeddedPostgresConfig(Path home, List<Path> fallbacks, Duration startMax) {

    private static final Duration START_MAX = Duration.ofSeconds(60);
    private static final Path SYSTEM_DATA = Path.of("/var/lib/tasker");
    private static final Path SHARED_DATA = Path.of("/var/tmp");

    public EmbeddedPostgresConfig {
        home = home.toAbsolutePath().normalize();
        fallbacks = List.copyOf(fallbacks);
        if (!startMax.isPositive()) {
            throw new IllegalArgumentException("startMax must be positive, but is " + startMax);
        }
    }

    /// The database of this process's home folder: `HOME`, or what the account file says.
    public static EmbeddedPostgresConfig ofUserHome() {
        String home = System.getenv("HOME");
        boolean isUsable = home != null && home.startsWith("/");
        return ofHome(Path.of(isUsable ? home : System.getProperty("user.home")));
    }

    /// The database of the given home folder.
    public static EmbeddedPostgresConfig ofHome(Path home) {
        Path perUser = SHARED_DATA.resolve("tasker-" + ServerAccount.ownUid());
        return new EmbeddedPostgresConfig(home, List.of(SYSTEM_DATA, perUser), START_MAX);
    }
}
