package dev.tasker.server.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import org.postgresql.ds.PGSimpleDataSource;

/// A small pool of connections to one address.
final class ConnectionPool {
    private static final int CONNECTIONS_MAX = 10;
    private static final int CONNECT_SECONDS_MAX = 5;
    private static final int ANSWER_SECONDS_MAX = 60;
    private static final long WAIT_MILLIS_MAX = 10_000;

    private ConnectionPool() {}

    /// Connects once before it returns.
    ///
    /// @throws StoreUnavailableException DATABASE_UNAVAILABLE, with the address and what to check
    static HikariDataSource open(DatabaseAddress address) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("tasker");
        config.setDataSource(source(address));
        config.setMaximumPoolSize(CONNECTIONS_MAX);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(WAIT_MILLIS_MAX);
        try {
            return new HikariDataSource(config);
        } catch (PoolInitializationException problem) {
            throw unavailable(address, problem);
        }
    }

    private static PGSimpleDataSource source(DatabaseAddress address) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setApplicationName("tasker");
        source.setConnectTimeout(CONNECT_SECONDS_MAX);
        // A peer that vanished without a word must not hold a wave for ever; a wave can be sent again.
        source.setTcpKeepAlive(true);
        source.setSocketTimeout(ANSWER_SECONDS_MAX);
        try {
            source.setUrl(address.jdbcUrl());
        } catch (IllegalArgumentException problem) {
            throw DatabaseAddress.unusable(problem);
        }
        address.user().ifPresent(source::setUser);
        address.password().ifPresent(source::setPassword);
        return source;
    }

    private static StoreUnavailableException unavailable(DatabaseAddress address, Throwable problem) {
        Optional<SQLException> cause = sqlException(problem);
        String state = cause.map(SQLException::getSQLState).orElse("");
        return new StoreUnavailableException(
                ErrorCode.DATABASE_UNAVAILABLE,
                "no database at " + address + ": "
                        + cause.map(Throwable::getMessage).orElse(problem.toString()) + "\n  " + advice(state),
                Map.of("tried", address.toString(), "sql_state", state),
                problem);
    }

    private static Optional<SQLException> sqlException(Throwable problem) {
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException found) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }

    private static String advice(String sqlState) {
        return switch (sqlState) {
            case "28P01", "28000" -> "Check user and password of the database URL.";
            case "3D000" -> "Create it with `createdb`, or name another one.";
            default ->
                "Start it, or check host and port in --database-url or " + DatabaseAddress.VARIABLE
                        + "; without either, Tasker uses its embedded PostgreSQL.";
        };
    }
}
