package dev.tasker.db.test;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/// A database of its own for one test class, with the schema of this release and nothing in it.
///
/// The first call in a JVM finds a server (`TASKER_TEST_JDBC_URL`, else a Docker engine, else the
/// PostgreSQL binaries on the class path: about four seconds) and migrates a template; every later call
/// copies the template (about 50 ms). Safe from any thread.
///
/// ```java
/// static final TestDatabase DATABASE = TestDatabase.create();
///
/// @AfterAll
/// static void dropDatabase() {
///     DATABASE.close();
/// }
/// ```
public final class TestDatabase implements AutoCloseable {

    /// Where the embedded test servers' programs are kept, unpacked, for later runs.
    public static final Path PROGRAMS = EphemeralPostgres.PARENT.resolve("binaries");

    private static final AtomicInteger CREATED = new AtomicInteger();

    private final TestServer server;
    private final String name;

    private TestDatabase(TestServer server, String name) {
        this.server = server;
        this.name = name;
    }

    /// A migrated database on the newest PostgreSQL.
    public static TestDatabase create() {
        return create(PostgresVersion.V18);
    }

    /// A migrated database on the given PostgreSQL; versions other than 18 are always embedded.
    public static TestDatabase create(PostgresVersion version) {
        return create(TestServers.of(version), TestServers.TEMPLATE);
    }

    /// A database without the schema, for tests of the migration itself.
    public static TestDatabase createEmpty(PostgresVersion version) {
        return create(TestServers.of(version), "template0");
    }

    private static synchronized TestDatabase create(TestServer server, String template) {
        String name = "tasker_test_%d_%d".formatted(ProcessHandle.current().pid(), CREATED.incrementAndGet());
        server.run("CREATE DATABASE " + name + " TEMPLATE " + template);
        return new TestDatabase(server, name);
    }

    /// A source without a pool: every connection is a new one (about 5 ms), with autocommit.
    public DataSource dataSource() {
        return server.database(name);
    }

    /// The address without user and password, unless `TASKER_TEST_JDBC_URL` holds them.
    public String jdbcUrl() {
        return server.url(name);
    }

    public String user() {
        return server.user();
    }

    public String password() {
        return server.password();
    }

    /// Drops the database, with the sessions that are still on it.
    @Override
    public void close() {
        server.run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    }
}
