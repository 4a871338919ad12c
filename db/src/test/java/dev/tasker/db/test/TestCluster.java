package dev.tasker.db.test;

import dev.tasker.db.SchemaMigrator;
import java.nio.file.Path;
import javax.sql.DataSource;

/// A server of its own for a test that crashes it, with one migrated database.
///
/// Unlike the shared one it keeps what it has answered: a commit survives [#crash], though not the loss of power.
public final class TestCluster implements AutoCloseable {
    private static final String DATABASE = "postgres";

    private final EphemeralPostgres.Running running;

    private TestCluster(EphemeralPostgres.Running running) {
        this.running = running;
    }

    /// Takes some five seconds.
    public static TestCluster start() {
        TestCluster cluster = new TestCluster(EphemeralPostgres.startOwn(PostgresVersion.V18));
        new SchemaMigrator().migrate(cluster.dataSource());
        return cluster;
    }

    /// A source without a pool.
    public DataSource dataSource() {
        return dataSource(DATABASE);
    }

    public DataSource dataSource(String database) {
        return running.server().database(database);
    }

    /// Runs one statement outside every transaction.
    public void run(String sql) {
        running.server().run(sql);
    }

    /// Hands a folder to the account that runs the server.
    public void own(Path folder) {
        running.own(folder);
    }

    /// Stops the server as a crash would, without writing anything out.
    public void crash() {
        running.crash();
    }

    /// Starts it again, on the same port; it recovers, and answers when this returns.
    public void restart() {
        running.restart();
    }

    @Override
    public void close() {
        running.remove();
    }
}
