package dev.tasker.db.embedded;

import dev.tasker.db.test.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A home folder for one test, with a fallback beside it; on close its server is stopped and all is removed.
final class HomeFolder implements AutoCloseable {

    // The cache of the test servers: on one file system with the homes, so that links can be made.
    private static final Path SHARED_BINARIES = TestDatabase.PROGRAMS;
    private static final Duration START_MAX = Duration.ofSeconds(60);
    private static final Duration WAIT_MAX = Duration.ofSeconds(30);

    private final Path root;
    private final EmbeddedPostgresConfig config;

    private HomeFolder(Path root) {
        this.root = root;
        this.config = new EmbeddedPostgresConfig(root.resolve("home"), List.of(root.resolve("fallback")), START_MAX);
    }

    /// A home that every account can pass through.
    static HomeFolder open() throws IOException {
        return create("rwxr-xr-x");
    }

    /// The same, with PostgreSQL's programs in place, as unpacking them takes seconds.
    static HomeFolder withBinaries() throws IOException {
        HomeFolder home = open();
        PostgresBinaries shared = PostgresBinaries.unpackInto(SHARED_BINARIES);
        Path own =
                home.path().resolve(".tasker/binaries").resolve(shared.folder().getFileName());
        try (Stream<Path> files = Files.walk(shared.folder())) {
            for (Path file : files.toList()) {
                Path copy = own.resolve(shared.folder().relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.createLink(copy, file);
                }
            }
        }
        return home;
    }

    /// A home as `mktemp -d` makes it.
    static HomeFolder closed() throws IOException {
        return create("rwx------");
    }

    private static HomeFolder create(String permissions) throws IOException {
        Path root = Files.createTempDirectory("tasker-home-");
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        HomeFolder home = new HomeFolder(root);
        Files.createDirectory(home.config.home());
        Files.setPosixFilePermissions(home.config.home(), PosixFilePermissions.fromString(permissions));
        return home;
    }

    EmbeddedPostgresConfig config() {
        return config;
    }

    Path path() {
        return config.home();
    }

    Path fallback() {
        return config.fallbacks().getFirst();
    }

    Path folder() {
        return config.home().resolve(".tasker/postgres");
    }

    static void run(EmbeddedPostgres database, String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static String read(EmbeddedPostgres database, String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /// The server of the home's own folder, if it lives.
    Optional<ProcessHandle> server() throws IOException {
        try (Stream<Path> files = Files.list(folder())) {
            return files.filter(file -> file.getFileName().toString().matches("data-\\d+"))
                    .findFirst()
                    .flatMap(Postmaster::of)
                    .filter(Postmaster::isAlive)
                    .flatMap(server -> ProcessHandle.of(server.pid()));
        }
    }

    void awaitNoServer() throws IOException {
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (server().isPresent()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("the server still runs in " + folder());
            }
            Thread.onSpinWait();
        }
    }

    // The processes of a killed server take a moment to notice, and may still write.
    private static void awaitNobodyIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path data : files.filter(Files::isDirectory).toList()) {
                long deadline = System.nanoTime() + WAIT_MAX.toNanos();
                while (Postmaster.anyWorksIn(data) && System.nanoTime() < deadline) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (Files.isDirectory(folder())) {
            server().ifPresent(ProcessHandle::destroyForcibly);
            awaitNoServer();
            awaitNobodyIn(folder());
        }
        FolderRemoval.remove(root);
    }
}
