package dev.tasker.testing.database;

import dev.tasker.db.SchemaMigrator;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// The migrated database that every test's database is a copy of. It stays on the server for later runs.
final class SchemaTemplate {
    private static final String PREFIX = "tasker_template_";
    // One process at a time: a template must have no session while it is copied.
    private static final long LOCK = 0x7a5c_e27e_57ab_1e00L;

    private final DatabaseServer server;
    private final SchemaMigrator migrator = new SchemaMigrator();
    private final String name = PREFIX + migrator.fingerprint();

    SchemaTemplate(DatabaseServer server) {
        this.server = server;
    }

    /// Creates a database with the schema and nothing in it.
    void copyTo(String database) {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            DSLContext dsl = DSL.using(connection, SQLDialect.POSTGRES);
            // Held until the connection ends.
            dsl.select(DSL.function("pg_advisory_lock", Object.class, DSL.val(LOCK)))
                    .execute();
            if (!exists(dsl)) {
                make(statement);
            }
            statement.execute("CREATE DATABASE " + database + " TEMPLATE " + name);
        } catch (SQLException problem) {
            throw new IllegalStateException("the test database " + database + " could not be created", problem);
        }
    }

    private boolean exists(DSLContext dsl) {
        return dsl.fetchExists(DSL.selectOne()
                .from("pg_database")
                .where(DSL.field("datname", String.class).eq(name)));
    }

    // It gets its name when it is complete: what an interrupted call left is never copied.
    private void make(Statement statement) throws SQLException {
        String unfinished = name + "_new";
        statement.execute("DROP DATABASE IF EXISTS " + unfinished + " WITH (FORCE)");
        statement.execute("CREATE DATABASE " + unfinished);
        migrator.migrate(server.database(unfinished));
        statement.execute("ALTER DATABASE " + unfinished + " RENAME TO " + name);
    }
}
