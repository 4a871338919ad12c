package dev.tasker.benchmarks.system;

import dev.tasker.server.benchmark.NoOp;
import dev.tasker.server.benchmark.WorkflowShape;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/// The results of steps that run on db-scheduler, which keeps none, and the joins that wait for several of them.
final class ResultTable {
    private static final String INSERT =
            "INSERT INTO step_results (task_id, step, result) VALUES (?, ?, ?::jsonb)" + " ON CONFLICT DO NOTHING";
    private static final String COUNT_DOWN =
            "UPDATE joins SET waits_for = waits_for - ? WHERE task_id = ? AND step = ? RETURNING waits_for";
    private static final String OPEN = "INSERT INTO joins (task_id, step, waits_for) VALUES (?, ?, ?)";

    private final DataSource database;
    private final WorkflowShape shape;
    private final List<List<Integer>> children;
    private final List<Integer> joins;

    ResultTable(DataSource database, WorkflowShape shape) {
        this.database = database;
        this.shape = shape;
        this.children =
                IntStream.range(0, shape.size()).mapToObj(shape::children).toList();
        this.joins =
                IntStream.range(0, shape.size()).filter(this::isJoin).boxed().toList();
    }

    /// Creates db-scheduler's table, as its release has it, and those of this class.
    static void createTables(DataSource database) {
        try (InputStream script = ResultTable.class.getResourceAsStream("db-scheduler.sql");
                Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException("the tables for db-scheduler could not be created", e);
        }
    }

    /// Notes what the joins of a new task wait for; nothing for a task without joins.
    void begin(long task) {
        if (joins.isEmpty()) {
            return;
        }
        try (Connection connection = database.getConnection();
                PreparedStatement open = connection.prepareStatement(OPEN)) {
            for (int join : joins) {
                open.setLong(1, task);
                open.setInt(2, join);
                open.setInt(3, shape.parents().get(join).size());
                open.addBatch();
            }
            open.executeBatch();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Stores the result of a step, in a transaction of its own.
    ///
    /// @return the steps that may run now
    List<Integer> record(long task, int step) {
        try (Connection connection = database.getConnection()) {
            boolean joinsOthers = children.get(step).stream().anyMatch(this::isJoin);
            if (!joinsOthers) {
                insert(connection, task, step);
                return children.get(step);
            }
            connection.setAutoCommit(false);
            List<Integer> next = recordAndCountDown(connection, task, step);
            connection.commit();
            connection.setAutoCommit(true);
            return next;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Integer> recordAndCountDown(Connection connection, long task, int step) throws SQLException {
        boolean isNew = insert(connection, task, step);
        List<Integer> next = new ArrayList<>();
        for (int child : children.get(step)) {
            if (!isJoin(child) || waitsFor(connection, task, child, isNew ? 1 : 0) == 0) {
                next.add(child);
            }
        }
        return next;
    }

    private boolean isJoin(int step) {
        return shape.parents().get(step).size() > 1;
    }

    private static boolean insert(Connection connection, long task, int step) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setLong(1, task);
            insert.setInt(2, step);
            insert.setString(3, NoOp.RESULT_JSON);
            return insert.executeUpdate() == 1;
        }
    }

    // A step that runs again after a crash has been counted already; the join may not have been scheduled.
    private static int waitsFor(Connection connection, long task, int join, int done) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(COUNT_DOWN)) {
            update.setInt(1, done);
            update.setLong(2, task);
            update.setInt(3, join);
            try (ResultSet row = update.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }
}
