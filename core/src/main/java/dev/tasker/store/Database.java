package dev.tasker.store;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Map;
import java.util.function.Function;
import javax.sql.DataSource;
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

    private final DSLContext dsl;

    public Database(DataSource dataSource) {
        this.dsl = DSL.using(
                dataSource,
                SQLDialect.POSTGRES,
                new Settings()
                        .withRenderQuotedNames(RenderQuotedNames.NEVER)
                        .withRenderNameCase(RenderNameCase.AS_IS)
                        .withExecuteLogging(false));
    }

    /// Runs one statement in a transaction of its own.
    ///
    /// @throws StoreUnavailableException the database could not be reached
    <T> T call(Function<DSLContext, T> statement) {
        try {
            return statement.apply(dsl);
        } catch (DataAccessException problem) {
            throw translate(problem);
        }
    }

    /// Whether the database refused the statement's data, so that sending it again is of no use.
    static boolean refusesData(RuntimeException problem) {
        String state = problem instanceof DataAccessException access ? access.sqlState() : "";
        return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
    }

    private static RuntimeException translate(DataAccessException problem) {
        SQLException cause = problem.getCause(SQLException.class);
        if (!isUnavailable(problem.sqlState(), cause)) {
            return problem;
        }
        return new StoreUnavailableException(
                ErrorCode.DATABASE_UNAVAILABLE,
                "the database cannot be used: " + (cause == null ? problem.getMessage() : cause.getMessage()),
                Map.of("sql_state", String.valueOf(problem.sqlState())),
                problem);
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
