package dev.tasker.db.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import javax.sql.DataSource;

/// The schema of a database as text, for review; stands in for `pg_dump`, which the binaries lack.
final class SchemaDump {

    private static final String HEADER = """
            -- The schema of a freshly migrated database on PostgreSQL 18, for review; never run.
            -- Written by: %s
            """.formatted(GenerateSources.COMMAND);

    private SchemaDump() {}

    static String of(DataSource database) {
        StringBuilder text = new StringBuilder(HEADER);
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet object = statement.executeQuery(query())) {
            while (object.next()) {
                text.append('\n').append(object.getString(1)).append('\n');
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the schema could not be dumped", e);
        }
        return text.toString();
    }

    private static String query() {
        try (InputStream query = SchemaDump.class.getResourceAsStream("schema-dump.sql")) {
            return new String(Objects.requireNonNull(query).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
