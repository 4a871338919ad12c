package dev.tasker.embedded;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateReference;
import dev.tasker.json.Json;
import dev.tasker.operation.Operator;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.TaskAction;
import dev.tasker.request.TaskRequestReader;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// What a test does to the tasks of a database and sees of them: as an operator, through an engine without handlers,
/// and by SQL.
final class Desk implements AutoCloseable {
    private static final Operator OPERATOR = new Operator("ann", "a test");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /// Smaller ones are kept for tests that choose an id.
    private static final long FIRST_ID = 1_000;

    private static final long PAUSE_NANOS = 5_000_000;

    private final HikariDataSource source;
    private final Tasker tasker;

    Desk(Database database) throws SQLException {
        this.source = Pools.of(database);
        this.tasker = Tasker.open(source, TaskerConfig.defaults(), List.of());
        nextTask(FIRST_ID);
        nextStep(FIRST_ID);
    }

    /// The next task that is created gets this id, which must be free.
    void nextTask(long id) throws SQLException {
        change("SELECT setval(pg_get_serial_sequence('tasker.tasks', 'task_id'), ?, false)", id);
    }

    /// The next step that is created gets this id, which must be free.
    void nextStep(long id) throws SQLException {
        change("SELECT setval(pg_get_serial_sequence('tasker.workflow_steps', 'workflow_step_id'), ?, false)", id);
    }

    /// Creates a draft: nothing of it runs before it is launched.
    TaskId draft(String template, Map<String, Object> request) {
        return tasker.create(
                tasker.template(TemplateReference.parse(template).orElseThrow()), TaskRequestReader.read(request));
    }

    TaskSnapshot look(TaskId task) {
        return tasker.task(task);
    }

    static StepSnapshot step(TaskSnapshot task, String name) {
        return task.steps().stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    void act(TaskAction action, TaskId task) {
        tasker.operations().perform(action, task, OPERATOR);
    }

    void act(StepAction action, TaskId task, String step) {
        tasker.operations().perform(action, tasker.operations().stepNamed(task, step), OPERATOR);
    }

    /// Ends a task that has not ended, so that its template may be replaced.
    void putAway(TaskId task) {
        tasker.operations().performSafely(new TaskAction.Cancel(), task, OPERATOR);
    }

    /// Waits until a task is as it should be.
    ///
    /// @return how it is then, or how it is when the time is over
    TaskSnapshot await(TaskId task, Predicate<TaskSnapshot> expected) {
        return await(() -> look(task), expected);
    }

    /// Looks again and again, until what it sees is as expected or the time is over.
    static <T> T await(Supplier<T> look, Predicate<T> expected) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        T seen = look.get();
        while (!expected.test(seen) && System.nanoTime() < deadline) {
            LockSupport.parkNanos(PAUSE_NANOS);
            seen = look.get();
        }
        return seen;
    }

    void change(String sql, Object... values) throws SQLException {
        try (Connection connection = source.getConnection();
                PreparedStatement statement = prepared(connection, sql, values)) {
            statement.execute();
        }
    }

    /// The only row of a query, as JSON.
    Object read(String sql, Object... values) throws SQLException {
        try (Connection connection = source.getConnection();
                PreparedStatement statement = prepared(connection, sql, values);
                ResultSet rows = statement.executeQuery()) {
            if (!rows.next()) {
                return null;
            }
            String json = rows.getString(1);
            return json == null ? null : Json.read(json);
        }
    }

    /// What is left of the heartbeats of a step.
    Object checkpoint(TaskId task, String step) throws SQLException {
        return read("""
                SELECT kept.checkpoint::text
                  FROM tasker.step_checkpoints AS kept
                  JOIN tasker.workflow_steps AS step ON step.workflow_step_id = kept.workflow_step_id
                 WHERE step.task_id = ? AND step.name = ?""", task.value(), step);
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int index = 0; index < values.length; index++) {
            statement.setObject(index + 1, values[index]);
        }
        return statement;
    }

    @Override
    public void close() {
        tasker.close();
        source.close();
    }
}
