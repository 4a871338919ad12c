package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.transition.TaskState;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LockedStepTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void aStepThatIsLockedForLongerThanALeaseStopsNoHandlerAndCostsNoOtherStepItsLease() throws Exception {
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        try (Tasker tasker = Tasker.open(
                        DATABASE.dataSource(), TaskerConfig.defaults().withLease(LEASE), List.of());
                Connection other = DATABASE.dataSource().getConnection()) {
            for (String name : List.of("a", "b")) {
                tasker.register(name, handler((task, sequence, step) -> {
                    try {
                        mayEnd.await();
                        return name;
                    } catch (InterruptedException stopped) {
                        interrupted.incrementAndGet();
                        throw stopped;
                    }
                }));
            }
            tasker.start();
            TaskId task = tasker.create(
                    tasker.register(template("a", "b")).template(),
                    TaskRequest.builder(Map.of()).build());
            await().atMost(DEADLINE)
                    .until(() -> tasker.task(task).steps().stream().allMatch(step -> step.attempts() == 1));
            other.setAutoCommit(false);
            try (Statement statement = other.createStatement()) {
                statement.execute("SELECT 1 FROM tasker.workflow_steps WHERE name = 'a' FOR UPDATE");
            }

            Instant begin = leaseEnd("b");
            await("the lease of the other step outlives that of the locked one")
                    .atMost(DEADLINE)
                    .until(() -> leaseEnd("b").isAfter(begin.plus(LEASE)));

            assertThat(interrupted).hasValue(0);
            other.rollback();
            mayEnd.countDown();
            assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            assertThat(tasker.task(task).steps())
                    .filteredOn(step -> step.name().equals("b"))
                    .allMatch(step -> step.attempts() == 1);
        }
    }

    private static Instant leaseEnd(String step) throws SQLException {
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT lease_expires_at FROM tasker.workflow_steps WHERE name = '" + step + "'")) {
            row.next();
            return row.getObject(1, OffsetDateTime.class).toInstant();
        }
    }
}
