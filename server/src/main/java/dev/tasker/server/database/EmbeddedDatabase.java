package dev.tasker.server.database;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.config.Configuration.DatabaseSection;
import dev.tasker.db.embedded.EmbeddedPostgres;
import dev.tasker.db.embedded.EmbeddedPostgresConfig;
import dev.tasker.db.embedded.EmbeddedPostgresException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import dev.tasker.store.ConnectionPool;
import dev.tasker.store.DatabaseAddress;
import java.util.Map;
import java.util.Optional;

/// The PostgreSQL that comes with Tasker, shared by all commands of this user; the last one out stops it.
final class EmbeddedDatabase {
    private EmbeddedDatabase() {}

    /// @throws StoreUnavailableException DATABASE_UNAVAILABLE: it cannot be started, with the reason
    static OpenDatabase open(DatabaseSection limits) {
        Server server = new Server();
        // However this process ends, short of SIGKILL, the server must not stay behind.
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "tasker-embedded-database"));
        return server.open(limits);
    }

    /// Opened on one thread and closed on another, perhaps while it is still being opened.
    private static final class Server {
        private Optional<EmbeddedPostgres> postgres = Optional.empty();

        synchronized OpenDatabase open(DatabaseSection limits) {
            try {
                EmbeddedPostgres opened = EmbeddedPostgres.open(EmbeddedPostgresConfig.ofUserHome());
                postgres = Optional.of(opened);
                HikariDataSource pool = ConnectionPool.open(
                        new DatabaseAddress(
                                opened.jdbcUrl(), Optional.of(opened.user()), Optional.of(opened.password())),
                        limits);
                return new OpenDatabase(
                        pool, "embedded PostgreSQL in " + opened.folder(), Optional.of(opened.folder()), () -> {
                            pool.close();
                            close();
                        });
            } catch (EmbeddedPostgresException problem) {
                throw new StoreUnavailableException(
                        ErrorCode.DATABASE_UNAVAILABLE,
                        "the embedded PostgreSQL cannot be used: " + problem.getMessage()
                                + "\n  Or name a database of your own with --database-url or "
                                + DatabaseAddress.VARIABLE + ".",
                        Map.of("tried", "embedded"),
                        problem);
            }
        }

        synchronized void close() {
            postgres.ifPresent(EmbeddedPostgres::close);
            postgres = Optional.empty();
        }
    }
}
