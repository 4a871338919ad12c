package dev.tasker.testing.database;

/// A database for one test class, with the schema of this release and nothing in it.
///
/// Creating one costs well under 100 ms: it is a copy of a template that the first call on a server makes.
/// Not shared between tests that run at the same time: each needs its own.
///
/// ```java
/// static final WorkflowDatabase DATABASE = WorkflowDatabase.create();
///
/// @AfterAll
/// static void drop() {
///     DATABASE.close();
/// }
/// ```
public final class WorkflowDatabase implements AutoCloseable {
    private final DatabaseServer server;
    private final String name;

    private WorkflowDatabase(DatabaseServer server, String name) {
        this.server = server;
        this.name = name;
    }

    /// A database on the server of this process; see [DatabaseServer#ofThisUser].
    public static WorkflowDatabase create() {
        return create(DatabaseServer.ofThisUser());
    }

    /// A database on the given server.
    public static WorkflowDatabase create(DatabaseServer server) {
        WorkflowDatabase database = new WorkflowDatabase(server, DatabaseName.next());
        server.create(database.name);
        return database;
    }

    /// Opens the one connection of a test, which shows its time. Close it before the database.
    public ClockedSource open(VirtualClock clock) {
        return new ClockedSource(server.database(name), clock);
    }

    /// Makes it a fresh copy again: for a test that leaves unfinished tasks behind.
    public void reset() {
        server.drop(name);
        server.create(name);
    }

    /// Drops the database.
    @Override
    public void close() {
        server.drop(name);
    }
}
