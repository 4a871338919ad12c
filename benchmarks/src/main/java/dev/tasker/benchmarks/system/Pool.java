package dev.tasker.benchmarks.system;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.benchmarks.postgres.DatabaseAddress;
import java.time.Duration;

/// The same pool for every system.
final class Pool {
    static final int SIZE = 20;

    /// In a burst many wait for a connection, and none may give up.
    private static final Duration WAIT_MAX = Duration.ofMinutes(30);

    private Pool() {}

    static HikariDataSource open(DatabaseAddress database) {
        return open(database, SIZE);
    }

    static HikariDataSource open(DatabaseAddress database, int size) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.jdbcUrl());
        config.setUsername(database.user());
        config.setPassword(database.password());
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(size);
        config.setConnectionTimeout(WAIT_MAX.toMillis());
        return new HikariDataSource(config);
    }
}
