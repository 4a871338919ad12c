package dev.tasker.server.database;

import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// An empty database beside the one that was chosen, on the same server. It goes when it is closed.
public final class TrainingDatabase implements AutoCloseable {
    private final OpenDatabase server;
    private final String name = "tasker_training_" + ProcessHandle.current().pid();

    private TrainingDatabase(OpenDatabase server) {
        this.server = server;
    }

    /// Makes it; the user has to be allowed to.
    ///
    /// @throws dev.tasker.error.StoreUnavailableException the server cannot be reached
    public static TrainingDatabase create(DatabaseChoice choice) {
        OpenDatabase server = choice.connect();
        try {
            TrainingDatabase database = new TrainingDatabase(server);
            database.sql().createDatabase(database.name).execute();
            return database;
        } catch (RuntimeException problem) {
            server.close();
            throw problem;
        }
    }

    /// Its address, with user and password.
    public String url() {
        return server.url(name);
    }

    private DSLContext sql() {
        return DSL.using(server.dataSource(), SQLDialect.POSTGRES);
    }

    @Override
    public void close() {
        try {
            sql().dropDatabaseIfExists(name).execute();
        } finally {
            server.close();
        }
    }
}
