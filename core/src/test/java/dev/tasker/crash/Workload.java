package dev.tasker.crash;

import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.WORKFLOW_STEPS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.db.generated.tables.records.WorkflowStepsRecord;
import dev.tasker.history.History;
import dev.tasker.history.HistoryChecker;
import dev.tasker.history.HistoryReader;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.runtime.Workflows;
import dev.tasker.store.Database;
import dev.tasker.store.TaskStore;
import dev.tasker.store.TemplateStore;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.Template;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// Tasks that run while a test breaks something, seen over connections that nothing breaks.
final class Workload implements AutoCloseable {
    /// Of its sessions.
    static final String NAME = "workload of a test";

    private static final int CONNECTIONS_MAX = 4;

    private final HikariDataSource source;
    private final DSLContext dsl;
    private final Database database;

    Workload(DataSource database) {
        HikariConfig settings = new HikariConfig();
        settings.setDataSource(database);
        settings.setMaximumPoolSize(CONNECTIONS_MAX);
        settings.setMinimumIdle(1);
        settings.setConnectionInitSql("SET application_name = '" + NAME + "'");
        this.source = new HikariDataSource(settings);
        this.dsl = DSL.using(source, SQLDialect.POSTGRES);
        this.database = new Database(source);
    }

    /// Four steps of the handler `work` in the shape of a diamond.
    static Template diamond() {
        String keys = "|handler_class: work;default_retry_limit: 50;backoff: {strategy: none}";
        return Workflows.template("a" + keys, "b <- a" + keys, "c <- a" + keys, "d <- b c" + keys);
    }

    /// Creates tasks in one statement; their engines find them at their next look.
    List<TaskId> create(Template template, int number) {
        RegisteredTemplate registered =
                new TemplateStore(database).register(template).template();
        List<TaskRequest> requests =
                Collections.nCopies(number, TaskRequest.builder(Map.of()).build());
        return new TaskCreation(new TaskStore(database))
                .create(registered, requests, Duplicates.REFUSE).stream()
                        .map(CreatedTask::id)
                        .toList();
    }

    int tasks() {
        return dsl.fetchCount(TASKS);
    }

    int unfinished() {
        return dsl.fetchCount(TASKS, TASKS.STATE.in("pending", "in_progress"));
    }

    String state(TaskId task) {
        return dsl.fetchSingle(TASKS, TASKS.TASK_ID.eq(task.value())).getState();
    }

    WorkflowStepsRecord step(TaskId task, String name) {
        return dsl.fetchSingle(
                WORKFLOW_STEPS, WORKFLOW_STEPS.TASK_ID.eq(task.value()).and(WORKFLOW_STEPS.NAME.eq(name)));
    }

    void awaitStep(TaskId task, String name, String state) {
        await("step " + name + " is " + state)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> step(task, name).getState().equals(state));
    }

    void awaitEnd(Duration limit) {
        await("every task has ended")
                .atMost(limit)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(unfinished()).isZero());
    }

    /// The time of the database, by which every recorded time is told.
    OffsetDateTime now() {
        return dsl.select(DSL.currentOffsetDateTime()).fetchSingle().value1();
    }

    /// Runs SQL as an operator would.
    void sql(String text) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    /// Forgets connections to a server that has crashed.
    void reconnect() {
        source.getHikariPoolMXBean().softEvictConnections();
    }

    History history() {
        return HistoryReader.read(source);
    }

    /// Every task is complete, and its history is one that may be.
    History assertComplete() {
        History history = history();
        assertThat(HistoryChecker.check(history)).isEmpty();
        assertThat(history.tasks()).isNotEmpty().allMatch(task -> task.state().equals("complete"));
        return history;
    }

    @Override
    public void close() {
        source.close();
    }
}
