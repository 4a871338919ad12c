package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class WakeUpTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    /// So long that only a wake-up explains a start within [#SOON].
    private static final Duration RARE_POLL = Duration.ofSeconds(10);
    private static final Duration SOON = Duration.ofSeconds(3);

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void aStepWhoseHandlerOnlyAnotherEngineHasStartsLongBeforeThatOnePolls() throws Exception {
        try (Tasker one = engine();
                Tasker two = engine()) {
            one.register("wake_here", handler((task, sequence, step) -> 1));
            two.register("wake_there", handler((task, sequence, step) -> 2));
            one.start();
            two.start();
            awaitListeners(2);
            TaskId task = create(one, template("wake_here", "wake_there <- wake_here"));

            assertThat(two.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            TaskSnapshot snapshot = one.task(task);
            assertThat(Duration.between(
                            time(snapshot, "wake_here", "complete"), time(snapshot, "wake_there", "in_progress")))
                    .isLessThan(SOON);
        }
    }

    @Test
    void aTaskThatAnEngineWithoutWorkersCreatesStartsLongBeforeTheOthersPoll() throws Exception {
        try (Tasker creator = engine();
                Tasker worker = engine()) {
            worker.register("created_elsewhere", handler((task, sequence, step) -> 1));
            worker.start();
            awaitListeners(1);
            TaskId task = create(creator, template("created_elsewhere"));

            assertThat(worker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            TaskSnapshot snapshot = creator.task(task);
            assertThat(Duration.between(
                            snapshot.summary().requestedAt(), time(snapshot, "created_elsewhere", "in_progress")))
                    .isLessThan(SOON);
        }
    }

    @Test
    void anEngineWhoseListenerLostItsConnectionListensAgain() throws Exception {
        try (Tasker creator = engine();
                Tasker worker = engine()) {
            worker.register("heard_again", handler((task, sequence, step) -> 1));
            worker.start();
            awaitListeners(1);
            endListeners();
            awaitListeners(1);
            TaskId task = create(creator, template("heard_again"));

            assertThat(worker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            TaskSnapshot snapshot = creator.task(task);
            assertThat(Duration.between(snapshot.summary().requestedAt(), time(snapshot, "heard_again", "in_progress")))
                    .isLessThan(SOON);
        }
    }

    @Test
    void anInterruptStopsAHandlerWhoseStepWasTakenAway() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        try (Tasker worker = Tasker.open(
                DATABASE.dataSource(),
                TaskerConfig.defaults().withLease(Duration.ofMinutes(10)).withShutdownTimeout(Duration.ofMillis(50)),
                List.of())) {
            worker.register("interrupted", handler((task, sequence, step) -> {
                started.countDown();
                try {
                    return new CountDownLatch(1).await(60, TimeUnit.SECONDS);
                } finally {
                    stopped.countDown();
                }
            }));
            worker.start();
            awaitListeners(1);
            TaskId task = create(worker, template("interrupted"));
            started.await();
            execute("UPDATE tasker.workflow_steps SET state = 'cancelled', lease_owner = NULL,"
                    + " lease_expires_at = NULL WHERE task_id = " + task.value()
                    + "; SELECT pg_notify('tasker_interrupts', '" + task.value() + "')");

            assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aSmallPoolKeepsItsConnectionsForTheWork() throws Exception {
        try (HikariDataSource pool = pool(1);
                Tasker tasker = Tasker.open(pool, TaskerConfig.defaults(), List.of())) {
            tasker.register("alone", handler((task, sequence, step) -> 1));
            tasker.start();

            assertThat(tasker.awaitEnd(create(tasker, template("alone")), DEADLINE))
                    .isEqualTo(TaskState.COMPLETE);
            assertThat(listeners()).isZero();
        }
    }

    @Test
    void aClosedEngineLeavesNoListenerInThePool() throws Exception {
        try (HikariDataSource pool = pool(4)) {
            try (Tasker tasker = Tasker.open(pool, TaskerConfig.defaults(), List.of())) {
                tasker.start();
                awaitListeners(1);
            }
            await().atMost(DEADLINE).until(() -> listeners() == 0);
        }
    }

    private static Tasker engine() {
        return Tasker.open(DATABASE.dataSource(), TaskerConfig.defaults().withPollInterval(RARE_POLL), List.of());
    }

    private static TaskId create(Tasker engine, Template template) {
        return engine.create(
                engine.register(template).template(),
                TaskRequest.builder(Map.of()).build());
    }

    private static Instant time(TaskSnapshot snapshot, String step, String state) {
        return snapshot.transitions().stream()
                .filter(move -> move.stepName().equals(Optional.of(step))
                        && move.toState().equals(state))
                .findFirst()
                .map(TransitionSnapshot::at)
                .orElseThrow();
    }

    private static HikariDataSource pool(int connections) {
        HikariConfig settings = new HikariConfig();
        settings.setDataSource(DATABASE.dataSource());
        settings.setMaximumPoolSize(connections);
        return new HikariDataSource(settings);
    }

    private static void awaitListeners(int number) {
        await().atMost(DEADLINE).until(() -> listeners() >= number);
    }

    private static long listeners() throws SQLException {
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND application_name = 'tasker listener'")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void endListeners() throws SQLException {
        execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND application_name = 'tasker listener'");
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
