package dev.tasker.embedded;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the database tells of tasks: it is the witness of these tests. One connection, one thread.
final class Tasks implements AutoCloseable {
    private static final long POLL_MILLIS = 20;
    private static final JsonMapper JSON = new JsonMapper();

    private final Connection connection;

    Tasks(Database database) throws SQLException {
        connection = database.dataSource().getConnection();
    }

    /// A line of the audit trail of a step.
    ///
    /// @param worker whose move it was, or whose lease had run out
    /// @param retriesAt when the next attempt is due, in the line of a failure
    record Move(
            String step,
            String from,
            String to,
            Instant at,
            int attempt,
            @Nullable String worker,
            @Nullable String reason,
            @Nullable Instant retriesAt) {
        boolean isClaim() {
            return to.equals("in_progress");
        }

        boolean isCompletion() {
            return to.equals("complete");
        }

        boolean isTakeover() {
            return "lease_expired".equals(reason);
        }

        long process() {
            return processOf(worker);
        }
    }

    /// A step that runs.
    record Running(long taskId, String step, String worker) {
        long process() {
            return processOf(worker);
        }
    }

    String state(long task) {
        return query("SELECT state FROM tasker.tasks WHERE task_id = ?", row -> row.getString(1), task)
                .getFirst();
    }

    /// The id of the newest task; 0 if there is none.
    long lastId() {
        return query("SELECT coalesce(max(task_id), 0) FROM tasker.tasks", row -> row.getLong(1))
                .getFirst();
    }

    /// The tasks that are newer than one.
    List<Long> idsAfter(long task) {
        return query(
                "SELECT task_id FROM tasker.tasks WHERE task_id > ? ORDER BY task_id", row -> row.getLong(1), task);
    }

    /// Results of all steps by name, as the files `expected/` have them.
    JsonNode results(long task) {
        TreeMap<String, JsonNode> results = new TreeMap<>();
        query(
                "SELECT name, results::text FROM tasker.workflow_steps WHERE task_id = ?",
                row -> results.put(
                        row.getString(1), JSON.readTree(row.getString(2) == null ? "null" : row.getString(2))),
                task);
        return JSON.valueToTree(results);
    }

    /// What happened to the steps of a task, in order.
    List<Move> moves(long task) {
        return query(
                "SELECT step.name, move.from_state, move.to_state, move.created_at, move.metadata ->> 'attempt', "
                        + "move.metadata ->> 'worker', move.metadata ->> 'reason', "
                        + "(move.metadata ->> 'retries_at')::timestamptz FROM tasker.workflow_step_transitions AS move "
                        + "JOIN tasker.workflow_steps AS step USING (workflow_step_id) "
                        + "WHERE move.task_id = ? ORDER BY move.workflow_step_transition_id",
                row -> new Move(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        instant(row, 4),
                        row.getInt(5),
                        row.getString(6),
                        row.getString(7),
                        row.getObject(8) == null ? null : instant(row, 8)),
                task);
    }

    /// The moves of one step.
    List<Move> moves(long task, String step) {
        return moves(task).stream().filter(move -> move.step().equals(step)).toList();
    }

    /// The steps that run in a worker now.
    List<Running> running(String worker) {
        return query(
                "SELECT task_id, name, lease_owner FROM tasker.workflow_steps WHERE state = 'in_progress' AND lease_owner = ?",
                Tasks::running,
                worker);
    }

    /// The step of a task that runs now.
    Running awaitRunning(long task, String step, Duration longest) {
        List<Running> found = new ArrayList<>();
        await(
                "task " + task + " runs " + step,
                longest,
                () -> found.addAll(query(
                        "SELECT task_id, name, lease_owner FROM tasker.workflow_steps "
                                + "WHERE state = 'in_progress' AND task_id = ? AND name = ?",
                        Tasks::running,
                        task,
                        step)));
        return found.getFirst();
    }

    /// Waits until tasks are complete; fails at once when one ends otherwise.
    void awaitComplete(Collection<Long> tasks, Duration longest) {
        for (long task : tasks) {
            await("task " + task + " is complete", longest, () -> {
                String state = state(task);
                if (List.of("error", "cancelled", "resolved_manually").contains(state)) {
                    throw new AssertionError("task " + task + " is " + state + ": " + describe(task));
                }
                return state.equals("complete");
            });
        }
    }

    /// Whether there is a moment, within a time, in which no other session is at work or holds a transaction open.
    boolean comeToRest(Duration longest) {
        long deadline = System.nanoTime() + longest.toNanos();
        while (System.nanoTime() < deadline) {
            if (activeSessions() == 0) {
                return true;
            }
        }
        return false;
    }

    private long activeSessions() {
        return query(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                                + "AND backend_type = 'client backend' AND state <> 'idle'",
                        row -> row.getLong(1))
                .getFirst();
    }

    /// The name of the queue that runs a task.
    String enqueuer(long task) {
        return query("SELECT enqueuer FROM tasker.tasks WHERE task_id = ?", row -> row.getString(1), task)
                .getFirst();
    }

    /// The time of the database.
    Instant now() {
        return query("SELECT clock_timestamp()", row -> instant(row, 1)).getFirst();
    }

    private String describe(long task) {
        return String.join(
                "\n",
                query(
                        "SELECT name || ' ' || state || ' ' || attempts || ' ' || coalesce(error::text, '') "
                                + "FROM tasker.workflow_steps WHERE task_id = ? ORDER BY workflow_step_id",
                        row -> row.getString(1),
                        task));
    }

    /// Polls until something holds.
    static void await(String what, Duration longest, BooleanSupplier condition) {
        long deadline = System.nanoTime() + longest.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + longest.toMillis() + " ms: " + what);
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException interrupt) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting: " + what, interrupt);
            }
        }
    }

    /// The process of an engine whose name was made by the engine itself: `worker-4711-0a1b2c3d`.
    private static long processOf(String worker) {
        return Long.parseLong(worker.split("-", -1)[1]);
    }

    private static Running running(ResultSet row) throws SQLException {
        return new Running(row.getLong(1), row.getString(2), row.getString(3));
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private <T> List<T> query(String sql, RowReader<T> reader, Object... parameters) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            List<T> rows = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(reader.read(row));
                }
            }
            return rows;
        } catch (SQLException problem) {
            throw new IllegalStateException("the database of the test did not answer", problem);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }
}
