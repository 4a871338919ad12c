package dev.tasker.server.database;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.config.Configuration.DatabaseSection;
import dev.tasker.db.SchemaMigrator;
import dev.tasker.store.ConnectionPool;
import dev.tasker.store.DatabaseAddress;
import dev.tasker.store.SchemaCheck;
import java.util.Optional;

/// Which database a command works on: a named one, or the embedded default.
///
/// @param address empty: the embedded PostgreSQL, which every command on this machine shares
/// @param limits  the pool's size and timeouts; its URL is not looked at
public record DatabaseChoice(Optional<DatabaseAddress> address, DatabaseSection limits) {
    /// Opens it and makes sure of its schema. The embedded one is started and migrated when needed.
    ///
    /// @throws dev.tasker.error.StoreUnavailableException it cannot be used; says what was tried
    public OpenDatabase open() {
        OpenDatabase database = connect();
        try {
            if (address.isEmpty()) {
                new SchemaMigrator().migrate(database.dataSource());
            } else {
                SchemaCheck.check(database.dataSource(), database.description());
            }
            return database;
        } catch (RuntimeException problem) {
            database.close();
            throw problem;
        }
    }

    /// Opens it whatever its schema.
    public OpenDatabase connect() {
        return address.map(named -> connect(named, limits)).orElseGet(() -> EmbeddedDatabase.open(limits));
    }

    private static OpenDatabase connect(DatabaseAddress address, DatabaseSection limits) {
        HikariDataSource pool = ConnectionPool.open(address, limits);
        return new OpenDatabase(pool, address.toString(), Optional.empty(), pool::close);
    }
}
