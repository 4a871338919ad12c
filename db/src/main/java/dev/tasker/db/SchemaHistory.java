package dev.tasker.db;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// What Flyway wrote down about the scripts that a database has seen.
///
/// @param applied the newest row of each script, by the script's name
/// @param hasOtherTables whether the schema holds tables although it has no history
record SchemaHistory(Map<String, Row> applied, boolean hasOtherTables) {

    static final String TABLE = "flyway_schema_history";

    private static final String FIND_TABLES = """
            SELECT count(*) FILTER (WHERE c.relname = ?) AS histories, count(*) AS tables
              FROM pg_catalog.pg_class AS c
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = ?
               AND c.relkind IN ('r', 'p', 'v')
            """;

    private static final String READ_ROWS = """
            SELECT version, script, checksum, success
              FROM tasker.flyway_schema_history
             WHERE type = 'SQL'
             ORDER BY installed_rank
            """;

    /// One applied script.
    record Row(@Nullable String version, int checksum, boolean success) {}

    /// Reads the history in one connection and at most two queries.
    static SchemaHistory read(DataSource database) {
        try (Connection connection = database.getConnection();
                PreparedStatement find = connection.prepareStatement(FIND_TABLES)) {
            find.setString(1, TABLE);
            find.setString(2, SchemaMigrator.SCHEMA);
            try (ResultSet found = find.executeQuery()) {
                found.next();
                boolean hasHistory = found.getInt("histories") > 0;
                return hasHistory
                        ? new SchemaHistory(readRows(connection), false)
                        : new SchemaHistory(Map.of(), found.getInt("tables") > 0);
            }
        } catch (SQLException e) {
            throw new SchemaException(
                    "The schema's history could not be read: " + e.getMessage()
                            + ". Check that the database runs and that its user may read schema tasker.",
                    e);
        }
    }

    Optional<String> version() {
        return versions().stream().max(Comparator.comparingInt(Integer::parseInt));
    }

    List<String> versions() {
        List<String> versions = new ArrayList<>();
        for (Row row : applied.values()) {
            if (row.version() != null) {
                versions.add(row.version());
            }
        }
        return versions;
    }

    private static Map<String, Row> readRows(Connection connection) throws SQLException {
        Map<String, Row> rows = new HashMap<>();
        try (PreparedStatement read = connection.prepareStatement(READ_ROWS);
                ResultSet row = read.executeQuery()) {
            while (row.next()) {
                rows.put(
                        row.getString("script"),
                        new Row(row.getString("version"), row.getInt("checksum"), row.getBoolean("success")));
            }
        }
        return rows;
    }
}
