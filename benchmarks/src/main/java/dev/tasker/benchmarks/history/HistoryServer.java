package dev.tasker.benchmarks.history;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.db.SchemaMigrator;
import dev.tasker.db.embedded.Cluster;
import dev.tasker.db.embedded.FolderRemoval;
import dev.tasker.db.embedded.PostgresBinaries;
import dev.tasker.db.embedded.ServerAccount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/// A durable PostgreSQL of the benchmark's own: nothing is switched off that a commit relies on.
///
/// It is stopped, and its folder removed, by [#close] or with the process.
final class HistoryServer implements AutoCloseable {
    static final int POOL_SIZE = 20;

    /// What is not PostgreSQL's default, for the report.
    static final List<String> SETTINGS = List.of(
            "shared_buffers=2GB",
            "effective_cache_size=12GB",
            "maintenance_work_mem=512MB",
            "max_wal_size=8GB",
            "checkpoint_timeout=15min",
            "random_page_cost=1.1",
            "jit=off",
            "max_connections=200");

    private static final Duration START_MAX = Duration.ofSeconds(60);

    private final Cluster cluster;
    private final Path folder;
    private final int port;
    private final String password;
    private final Thread hook = new Thread(this::remove);

    private HistoryServer(Cluster cluster, Path folder, int port, String password) {
        this.cluster = cluster;
        this.folder = folder;
        this.port = port;
        this.password = password;
    }

    /// Creates and starts one in a new folder.
    ///
    /// @param parent on a file system of enough room that the server's account can reach
    static HistoryServer start(Path parent) throws InterruptedException {
        try {
            Files.createDirectories(parent);
            Path folder = Files.createTempDirectory(parent, "tasker-history-");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            PostgresBinaries binaries = PostgresBinaries.unpackInto(folder.resolve("programs"));
            Cluster cluster = new Cluster(
                    binaries, ServerAccount.ofThisProcess(), folder.resolve("data"), folder.resolve("server.log"));
            String password = UUID.randomUUID().toString();
            cluster.create(password, List.of());
            HistoryServer server = new HistoryServer(cluster, folder, freePort(), password);
            Runtime.getRuntime().addShutdownHook(server.hook);
            server.await(cluster.launch(server.port, SETTINGS));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("the server could not be started in " + parent, e);
        }
    }

    private void await(Process process) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_MAX.toNanos();
        while (true) {
            try (Connection _ = source("postgres").getConnection()) {
                return;
            } catch (SQLException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException("PostgreSQL did not start: " + Files.readString(cluster.log()), e);
                }
                Thread.sleep(Duration.ofMillis(20));
            }
        }
    }

    /// A new database with the schema of this release.
    HikariDataSource createDatabase(String name) throws SQLException {
        try (Connection connection = source("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        new SchemaMigrator().migrate(source(name));
        HikariConfig settings = new HikariConfig();
        settings.setDataSource(source(name));
        settings.setMaximumPoolSize(POOL_SIZE);
        settings.setPoolName(name);
        return new HikariDataSource(settings);
    }

    String address() {
        return "postgresql://" + Cluster.USER + ":" + password + "@127.0.0.1:" + port;
    }

    private DataSource source(String database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl("jdbc:postgresql://127.0.0.1:" + port + "/" + database);
        source.setUser(Cluster.USER);
        source.setPassword(password);
        return source;
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(hook);
        remove();
    }

    private void remove() {
        try {
            cluster.stop("immediate");
            FolderRemoval.remove(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of the server could not be removed: " + folder, e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
