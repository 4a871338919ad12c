package dev.tasker.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.tasker.config.Configuration.DatabaseSection;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.postgresql.ds.PGSimpleDataSource;

/// A small pool of connections to one address.
public final class ConnectionPool {
    private ConnectionPool() {}

    /// Connects once before it returns.
    ///
    /// @throws StoreUnavailableException DATABASE_UNAVAILABLE, with the address and what to check
    public static HikariDataSource open(DatabaseAddress address, DatabaseSection limits) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("tasker");
        config.setDataSource(source(address, limits));
        config.setMaximumPoolSize(limits.poolSize());
        config.setMinimumIdle(1);
        config.setConnectionTimeout(limits.poolWaitTimeout().toMillis());
        try {
            return new HikariDataSource(config);
        } catch (PoolInitializationException problem) {
            throw unavailable(address, problem);
        }
    }

    private static PGSimpleDataSource source(DatabaseAddress address, DatabaseSection limits) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setApplicationName("tasker");
        source.setConnectTimeout(wholeSeconds(limits.connectTimeout()));
        // A peer that vanished without a word must not hold a wave for ever; a wave can be sent again.
        source.setTcpKeepAlive(true);
        source.setSocketTimeout(wholeSeconds(limits.answerTimeout()));
        try {
            source.setUrl(address.jdbcUrl());
        } catch (IllegalArgumentException problem) {
            throw DatabaseAddress.unusable(problem);
        }
        address.user().ifPresent(source::setUser);
        address.password().ifPresent(source::setPassword);
        return source;
    }

    /// Rounded up: the driver takes 0 for no limit.
    private static int wholeSeconds(Duration duration) {
        return Math.toIntExact(duration.plusMillis(999).toSeconds());
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
