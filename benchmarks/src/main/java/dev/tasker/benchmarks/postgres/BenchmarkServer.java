package dev.tasker.benchmarks.postgres;

import dev.tasker.db.embedded.Cluster;
import dev.tasker.db.embedded.PostgresBinaries;
import dev.tasker.db.embedded.ServerAccount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// A PostgreSQL server for one run of the benchmarks: durable, and removed with its data when it is closed.
///
/// What a killed run left (server and folder) is removed by the next one: each holds a lock on its folder.
public final class BenchmarkServer implements AutoCloseable {
    /// The same for all systems. Durable: nothing that could be lost is answered. Checkpoints are taken between
    /// rounds, and neither time nor the amount of write-ahead log brings one into a round.
    public static final List<String> SETTINGS = List.of(
            "fsync=on",
            "synchronous_commit=on",
            "full_page_writes=on",
            "shared_buffers=512MB",
            "max_connections=300",
            "max_wal_size=3GB",
            "min_wal_size=1GB",
            "checkpoint_timeout=1h",
            "shared_preload_libraries=pg_stat_statements",
            "pg_stat_statements.track=top");

    /// How much disk has to be free.
    public enum Room {
        /// Data and write-ahead log of a run.
        FOR_RUNS(6),
        /// A few tasks.
        FOR_TESTS(1);

        private final long gibibytes;

        Room(long gibibytes) {
            this.gibibytes = gibibytes;
        }

        long bytes() {
            return gibibytes << 30;
        }
    }

    private static final Duration START_MAX = Duration.ofSeconds(60);
    private static final String FIRST_DATABASE = "postgres";

    private final Cluster cluster;
    private final RunFolder folder;
    private final DatabaseAddress address;
    private final Thread removal = new Thread(this::remove, "benchmarks-postgres-stop");

    private BenchmarkServer(Cluster cluster, RunFolder folder, DatabaseAddress address) {
        this.cluster = cluster;
        this.folder = folder;
        this.address = address;
    }

    /// Starts a server with an empty cluster; takes some seconds.
    ///
    /// @param parent holds data and programs; refused if it has too little room, or is in memory
    /// @throws UnsuitableFolderException with what is needed and what is there
    public static BenchmarkServer start(Path parent, Room room) {
        return start(parent, room.bytes(), List.of());
    }

    /// The same for other amounts of data.
    ///
    /// @param more settings that count before [#SETTINGS]
    public static BenchmarkServer start(Path parent, long bytesNeeded, List<String> more) {
        try {
            RunFolder folder = RunFolder.create(parent, bytesNeeded);
            PostgresBinaries binaries = PostgresBinaries.unpackInto(folder.programs());
            folder.removeAbandoned(path -> stop(cluster(binaries, path)));
            Cluster cluster = cluster(binaries, folder.path());
            String password = UUID.randomUUID().toString();
            cluster.create(password, List.of());
            int port = freePort();
            DatabaseAddress address = new DatabaseAddress("127.0.0.1", port, FIRST_DATABASE, Cluster.USER, password);
            BenchmarkServer server = new BenchmarkServer(cluster, folder, address);
            Runtime.getRuntime().addShutdownHook(server.removal);
            // Of a setting that is given twice the server takes the last one.
            server.await(cluster.launch(
                    port, Stream.concat(SETTINGS.stream(), more.stream()).toList()));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("the benchmarks' PostgreSQL could not be started below " + parent, e);
        }
    }

    /// The database that is always there.
    public DatabaseAddress address() {
        return address;
    }

    /// The process that all others of the server descend from.
    public long pid() {
        try {
            return Long.parseLong(Files.readAllLines(cluster.data().resolve("postmaster.pid"))
                    .getFirst()
                    .strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(removal);
        } catch (IllegalStateException _) {
            // This process is being stopped: the hook removes it.
            return;
        }
        remove();
    }

    private void remove() {
        stop(cluster);
        folder.remove();
    }

    private static Cluster cluster(PostgresBinaries binaries, Path folder) {
        return new Cluster(
                binaries, ServerAccount.ofThisProcess(), folder.resolve("data"), folder.resolve("server.log"));
    }

    private static void stop(Cluster cluster) {
        if (Files.exists(cluster.data().resolve("postmaster.pid"))) {
            cluster.stop("immediate");
        }
    }

    private void await(Process process) throws IOException {
        long deadline = System.nanoTime() + START_MAX.toNanos();
        while (true) {
            try (Connection _ = address.connect()) {
                return;
            } catch (SQLException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "the benchmarks' PostgreSQL did not start: " + Files.readString(cluster.log()), e);
                }
                Thread.onSpinWait();
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
