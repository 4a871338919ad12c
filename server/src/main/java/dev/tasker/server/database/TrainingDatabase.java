package dev.tasker.server.database;

import com.zaxxer.hikari.HikariDataSource;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

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
        PGSimpleDataSource source = (PGSimpleDataSource) ((HikariDataSource) server.dataSource()).getDataSource();
        return "jdbc:postgresql://%s:%d/%s?user=%s&password=%s"
                .formatted(
                        Objects.requireNonNull(source.getServerNames())[0],
                        Objects.requireNonNull(source.getPortNumbers())[0],
                        name,
                        encoded(source.getUser()),
                        encoded(source.getPassword()));
    }

    private static String encoded(@Nullable String text) {
        return URLEncoder.encode(Objects.requireNonNullElse(text, ""), StandardCharsets.UTF_8);
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
