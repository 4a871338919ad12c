package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// All sessions of the database are ended while an engine works.
class OutageTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int TASKS = 40;
    private static final int OUTAGES = 8;

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void noTaskIsLostAndNoStepRecordedTwiceWhenSessionsAreEnded() throws Exception {
        Template template = template("a|default_retry_limit: 20", "b <- a|default_retry_limit: 20");
        AtomicInteger executions = new AtomicInteger();
        try (HikariDataSource pool = pool();
                Tasker tasker =
                        Tasker.open(pool, TaskerConfig.defaults().withLease(Duration.ofSeconds(2)), List.of())) {
            List<TaskId> tasks = new ArrayList<>();
            RegisteredTemplate registered = tasker.register(template).template();
            for (int i = 0; i < TASKS; i++) {
                tasks.add(
                        tasker.create(registered, TaskRequest.builder(Map.of()).build()));
            }
            for (String name : List.of("a", "b")) {
                tasker.register(name, handler((task, sequence, step) -> {
                    if (executions.incrementAndGet() % (2 * TASKS / OUTAGES) == 0) {
                        endSessions();
                    }
                    return name;
                }));
            }
            tasker.start();

            for (TaskId task : tasks) {
                assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            }
            // Only now: reading a task does not outlast an outage.
            for (TaskId task : tasks) {
                TaskSnapshot snapshot = tasker.task(task);
                assertThat(snapshot.transitions().stream()
                                .filter(move -> move.stepName().isPresent()
                                        && move.toState().equals("complete")))
                        .hasSize(2);
            }
        }
    }

    private static HikariDataSource pool() {
        HikariConfig settings = new HikariConfig();
        settings.setDataSource(DATABASE.dataSource());
        settings.setMaximumPoolSize(4);
        return new HikariDataSource(settings);
    }

    private static void endSessions() throws SQLException {
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }
    }
}
