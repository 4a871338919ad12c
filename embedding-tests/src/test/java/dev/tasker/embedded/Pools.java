package dev.tasker.embedded;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.config.Configuration;
import dev.tasker.store.ConnectionPool;
import dev.tasker.store.DatabaseAddress;

/// Connections as an engine has them outside of tests.
final class Pools {
    private Pools() {}

    static HikariDataSource of(Database database) {
        return ConnectionPool.open(
                DatabaseAddress.parse(database.url()), Configuration.standard().database());
    }
}
