package dev.tasker.store;

import dev.tasker.error.ContentRefusedException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jooq.ConnectionCallable;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.RenderNameCase;
import org.jooq.conf.RenderQuotedNames;
import org.jooq.conf.Settings;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Runs statements on one PostgreSQL. Safe from any thread.
public final class Database {
    static {
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
    }

    /// How statements are rendered.
    static final Settings SETTINGS = new Settings()
            .withRenderQuotedNames(RenderQuotedNames.NEVER)
            .withRenderNameCase(RenderNameCase.AS_IS)
            .withExecuteLogging(false);

    private final DSLContext dsl;

    public Database(DataSource dataSource) {
        this.dsl = DSL.using(dataSource, SQLDialect.POSTGRES, SETTINGS);
    }

    /// Runs one statement in a transaction of its own.
    ///
    /// @throws StoreUnavailableException the database could not be reached
    /// @throws ContentRefusedException the database cannot hold what it was given
    <T> T call(Function<DSLContext, T> statement) {
        try {
            return statement.apply(dsl);
        } catch (DataAccessException problem) {
            throw translate(problem);
        }
    }

    /// The same with a limit on the wait for an answer. After that the connection is given up, and the statement
    /// may or may not have been committed.
    ///
    /// @throws StoreUnavailableException also where no answer has come in time
    <T> T call(Duration answerMax, Function<DSLContext, T> statement) {
        return onConnection(
                answerMax, connection -> statement.apply(DSL.using(connection, SQLDialect.POSTGRES, SETTINGS)));
    }

    /// The same for a statement that the driver runs as it is.
    <T> T onConnection(Duration answerMax, ConnectionCallable<T> statement) {
        return call(open -> open.connectionResult(connection -> {
            int before = connection.getNetworkTimeout();
            int limit = Math.toIntExact(answerMax.toMillis());
            // Runs on the calling thread; the driver only sets the socket's timeout.
            connection.setNetworkTimeout(Runnable::run, before == 0 ? limit : Math.min(before, limit));
            try {
                return statement.run(connection);
            } finally {
                restore(connection, before);
            }
        }));
    }

    /// The same without a limit.
    <T> T onConnection(ConnectionCallable<T> statement) {
        return call(open -> open.connectionResult(statement));
    }

    private static void restore(Connection connection, int networkTimeout) {
        try {
            connection.setNetworkTimeout(Runnable::run, networkTimeout);
        } catch (SQLException _) {
            // The connection is broken, and the statement has said so.
        }
    }

    private static RuntimeException translate(DataAccessException problem) {
        SQLException cause = problem.getCause(SQLException.class);
        if (refusesContent(problem.sqlState())) {
            return new ContentRefusedException(
                    ErrorCode.CONTENT_REFUSED,
                    "the database cannot hold this: " + (cause == null ? problem.getMessage() : cause.getMessage()),
                    Map.of("sql_state", problem.sqlState()),
                    problem);
        }
        if (!isUnavailable(problem.sqlState(), cause)) {
            return problem;
        }
        return new StoreUnavailableException(
                ErrorCode.DATABASE_UNAVAILABLE,
                "the database cannot be used: " + (cause == null ? problem.getMessage() : cause.getMessage()),
                Map.of("sql_state", String.valueOf(problem.sqlState())),
                problem);
    }

    /// Values out of range or malformed (22), and limits of the server (54).
    private static boolean refusesContent(String sqlState) {
        return sqlState.startsWith("22") || sqlState.startsWith("54");
    }

    /// Connection failures (08), a server that stops or ends the session (57P), and one that is out of resources
    /// (53).
    private static boolean isUnavailable(String sqlState, @Nullable SQLException cause) {
        return cause instanceof SQLTransientConnectionException
                || sqlState.startsWith("08")
                || sqlState.startsWith("57P")
                || sqlState.startsWith("53");
    }
}
