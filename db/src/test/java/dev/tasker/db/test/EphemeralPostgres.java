package dev.tasker.db.test;

import dev.tasker.db.embedded.Cluster;
import dev.tasker.db.embedded.FolderRemoval;
import dev.tasker.db.embedded.PostgresBinaries;
import dev.tasker.db.embedded.ServerAccount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.MalformedURLException;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// A server for one JVM's tests: quick instead of durable, and gone afterwards.
///
/// What a killed JVM left (server and folder) is removed by the next one: each holds a lock on its folder.
final class EphemeralPostgres {

    static final Path PARENT =
            Path.of(System.getProperty("java.io.tmpdir")).resolve("tasker-test-" + System.getProperty("user.name"));
    private static final String RUN = "run-";
    private static final String OWN_RUN = RUN + ProcessHandle.current().pid() + "-";
    private static final String LOCK = "owner.lock";
    private static final Path OLDEST_ARCHIVE = Path.of("..", "db", "target", "postgres-15");
    private static final Duration START_MAX = Duration.ofSeconds(60);
    private static final List<String> QUICK = List.of(
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_connections=300",
            "max_wal_size=4GB",
            "autovacuum_naptime=10s");

    /// For a server that a test crashes: what was answered must be there again.
    private static final List<String> CRASH_SAFE = List.of("fsync=off", "synchronous_commit=on", "max_connections=100");

    // Kept here for the JVM's life; the operating system frees them, also after a kill.
    private static final Set<FileLock> HELD = ConcurrentHashMap.newKeySet();

    private EphemeralPostgres() {}

    static TestServer start(PostgresVersion version) {
        return start(version, QUICK).server();
    }

    /// One that survives a crash of its own.
    static Running startOwn(PostgresVersion version) {
        return start(version, CRASH_SAFE);
    }

    private static Running start(PostgresVersion version, List<String> settings) {
        try {
            return launch(version, settings);
        } catch (IOException e) {
            throw new UncheckedIOException("the test server could not be started in " + PARENT, e);
        }
    }

    private static Running launch(PostgresVersion version, List<String> settings) throws IOException {
        Files.createDirectories(
                PARENT, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        PostgresBinaries binaries = binaries(version);
        Path folder = ownFolder(binaries);
        Cluster cluster = cluster(binaries, ServerAccount.ofThisProcess(), folder);
        String password = UUID.randomUUID().toString();
        cluster.create(password, List.of("--no-sync"));
        int port = freePort();
        TestServer server =
                new TestServer("jdbc:postgresql://127.0.0.1:" + port + "/%s", Cluster.USER, password, "postgres");
        Running running = new Running(server, cluster, folder, port, settings);
        Runtime.getRuntime().addShutdownHook(new Thread(running::remove));
        running.restart();
        return running;
    }

    // One JVM at a time: a folder that another one has made but not locked yet looks abandoned.
    private static Path ownFolder(PostgresBinaries binaries) throws IOException {
        try (FileChannel channel = FileChannel.open(
                        PARENT.resolve("start.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = channel.lock()) {
            removeAbandoned(binaries);
            Path folder = Files.createTempDirectory(PARENT, OWN_RUN);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            lock(folder);
            return folder;
        }
    }

    private static Cluster cluster(PostgresBinaries binaries, ServerAccount account, Path folder) {
        return new Cluster(binaries, account, folder.resolve("data"), folder.resolve("server.log"));
    }

    private static PostgresBinaries binaries(PostgresVersion version) throws IOException {
        return switch (version) {
            case V18 -> PostgresBinaries.unpackInto(TestDatabase.PROGRAMS);
            case V15 -> PostgresBinaries.unpackInto(TestDatabase.PROGRAMS, oldestArchive());
        };
    }

    private static URL oldestArchive() throws IOException {
        if (!Files.isDirectory(OLDEST_ARCHIVE)) {
            throw new IllegalStateException(OLDEST_ARCHIVE.toAbsolutePath()
                    + " is missing: the build of module db unpacks it, run ./mvnw -pl db test-compile there");
        }
        try (Stream<Path> files = Files.list(OLDEST_ARCHIVE)) {
            return files.filter(file -> file.toString().endsWith(".txz"))
                    .findFirst()
                    .orElseThrow()
                    .toUri()
                    .toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    // Its own locks a process must not even look at: closing any channel on the file frees them.
    private static void removeAbandoned(PostgresBinaries binaries) throws IOException {
        try (Stream<Path> files = Files.list(PARENT)) {
            List<Path> others =
                    files.filter(file -> isRun(file) && !isOwn(file)).toList();
            for (Path run : others) {
                if (isAbandoned(run)) {
                    remove(cluster(binaries, ServerAccount.ofThisProcess(), run), run);
                }
            }
        }
    }

    private static boolean isRun(Path file) {
        return file.getFileName().toString().startsWith(RUN) && Files.exists(file.resolve(LOCK));
    }

    private static boolean isOwn(Path file) {
        return file.getFileName().toString().startsWith(OWN_RUN);
    }

    private static boolean isAbandoned(Path run) {
        try (FileChannel channel = FileChannel.open(run.resolve(LOCK), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (IOException _) {
            return false;
        }
    }

    @SuppressWarnings("resource")
    private static void lock(Path folder) throws IOException {
        HELD.add(FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                .lock());
    }

    private static void remove(Cluster cluster, Path folder) {
        try {
            if (Files.exists(cluster.data().resolve("postmaster.pid"))) {
                cluster.stop("immediate");
            }
            FolderRemoval.remove(folder);
        } catch (RuntimeException | IOException _) {
            // Best effort: the next run tries again.
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void await(TestServer server, Process process, Path log) throws IOException {
        long deadline = System.nanoTime() + START_MAX.toNanos();
        while (true) {
            try (Connection _ = server.database("postgres").getConnection()) {
                return;
            } catch (SQLException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException("the test server did not start: " + Files.readString(log), e);
                }
                Thread.onSpinWait();
            }
        }
    }

    /// A server with its folder.
    record Running(TestServer server, Cluster cluster, Path folder, int port, List<String> settings) {
        void crash() {
            cluster.stop("immediate");
        }

        void restart() {
            try {
                await(server, cluster.launch(port, settings), cluster.log());
            } catch (IOException e) {
                throw new UncheckedIOException("the test server could not be started in " + folder, e);
            }
        }

        void own(Path path) {
            try {
                cluster.account().own(path);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void remove() {
            EphemeralPostgres.remove(cluster, folder);
        }
    }
}
