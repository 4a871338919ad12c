package dev.tasker.testing.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Databases of processes that were killed.
final class Leftovers {
    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

    private Leftovers() {}

    static void remove(DatabaseServer server) {
        for (String name : abandoned(server)) {
            try {
                server.drop(name);
            } catch (RuntimeException problem) {
                // Another process may be dropping it, too.
                log.atDebug().setCause(problem).addKeyValue("database", name).log("a leftover could not be dropped");
            }
        }
    }

    private static List<String> abandoned(DatabaseServer server) {
        try (Connection connection = server.connect()) {
            return DSL
                    .using(connection, SQLDialect.POSTGRES)
                    .select(DSL.field("datname", String.class))
                    .from("pg_database")
                    .where(DSL.field("datname", String.class).startsWith(DatabaseName.PREFIX))
                    .fetch(row -> row.value1())
                    .stream()
                    .filter(DatabaseName::isAbandoned)
                    .toList();
        } catch (SQLException problem) {
            throw new IllegalStateException("the test server's databases could not be listed", problem);
        }
    }
}
