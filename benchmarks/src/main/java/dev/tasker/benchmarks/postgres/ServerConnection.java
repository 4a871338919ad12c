package dev.tasker.benchmarks.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A superuser's session beside the measured databases: makes them, and reads the server's counters.
public final class ServerConnection implements AutoCloseable {
    private static final List<String> TOLD = List.of(
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "wal_sync_method",
            "shared_buffers",
            "max_connections",
            "max_wal_size",
            "checkpoint_timeout",
            "shared_preload_libraries");

    private final Connection connection;

    private ServerConnection(Connection connection) {
        this.connection = connection;
    }

    public static ServerConnection open(DatabaseAddress address) {
        try {
            ServerConnection opened = new ServerConnection(address.connect());
            opened.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
            return opened;
        } catch (SQLException e) {
            throw new IllegalStateException("no connection to the benchmarks' PostgreSQL", e);
        }
    }

    /// Makes a database with nothing in it, in the place of one that may be there.
    public void recreateDatabase(String name) {
        dropDatabase(name);
        run("CREATE DATABASE " + name + " TEMPLATE template0");
    }

    /// Drops a database with the sessions that are still on it.
    public void dropDatabase(String name) {
        run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    }

    /// Writes everything out.
    public void checkpoint() {
        run("CHECKPOINT");
    }

    /// Begins to count statements anew.
    public void resetStatements() {
        text("SELECT pg_stat_statements_reset()::text");
    }

    /// The statements that clients have sent to a database; `BEGIN` and `COMMIT` count, too. What functions run inside
    /// does not.
    public long statements(String database) {
        return number("SELECT coalesce(sum(s.calls), 0)::bigint FROM pg_stat_statements AS s JOIN pg_database AS d"
                + " ON d.oid = s.dbid WHERE d.datname = '" + database + "'");
    }

    /// The statements that clients have sent to a database, by their text.
    public Map<String, Long> statementTexts(String database) {
        Map<String, Long> calls = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT s.query, sum(s.calls)::bigint FROM pg_stat_statements"
                        + " AS s JOIN pg_database AS d ON d.oid = s.dbid WHERE d.datname = '" + database
                        + "' GROUP BY s.query ORDER BY 2 DESC")) {
            while (row.next()) {
                calls.put(row.getString(1), row.getLong(2));
            }
            return calls;
        } catch (SQLException e) {
            throw new IllegalStateException("the statements could not be counted", e);
        }
    }

    /// The server's processes for the sessions of clients, this one included.
    public List<Long> clientProcesses() {
        String pids =
                text("SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE backend_type = 'client backend'");
        return Arrays.stream(pids.split(" ")).map(Long::valueOf).toList();
    }

    /// How much write-ahead log the server has written since it was made.
    public long walBytes() {
        return number("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint");
    }

    public String version() {
        return text("SHOW server_version");
    }

    /// The settings that matter for a comparison.
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        TOLD.forEach(name -> settings.put(name, text("SHOW " + name)));
        return settings;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException _) {
            // The server may be gone.
        }
    }

    private void run(String sql) {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException("the benchmarks' PostgreSQL refused: " + sql, e);
        }
    }

    private String text(String sql) {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException("the benchmarks' PostgreSQL refused: " + sql, e);
        }
    }

    private long number(String sql) {
        return Long.parseLong(text(sql));
    }
}
