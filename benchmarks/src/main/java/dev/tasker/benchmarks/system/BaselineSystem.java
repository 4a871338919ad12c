package dev.tasker.benchmarks.system;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.benchmarks.postgres.DatabaseAddress;
import dev.tasker.server.benchmark.NoOp;
import dev.tasker.server.benchmark.WorkflowSystem;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/// One row per transaction, each client on a connection of its own, as pgbench has it.
final class BaselineSystem implements WorkflowSystem {
    private static final int CONNECTIONS_MAX = 128;

    private final HikariDataSource pool;

    private BaselineSystem(HikariDataSource pool) {
        this.pool = pool;
    }

    static WorkflowSystem start(DatabaseAddress database, int inFlight) {
        HikariDataSource pool = Pool.open(database, Math.min(inFlight, CONNECTIONS_MAX));
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE results (task_id bigint PRIMARY KEY, result jsonb NOT NULL,"
                    + " recorded_at timestamptz NOT NULL DEFAULT now())");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return new BaselineSystem(pool);
    }

    @Override
    public void run(long number) {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO results (task_id, result) VALUES (?, ?::jsonb)")) {
            insert.setLong(1, number);
            insert.setString(2, NoOp.RESULT_JSON);
            insert.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
