package dev.tasker.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.history.History;
import dev.tasker.identity.TaskId;
import dev.tasker.runtime.Workflows;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Workers whose clocks are hours off. Leases, due times and the audit trail follow the clock of the
/// database alone.
class ShiftedClockTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    /// Much shorter than the clocks are off, and longer than a busy machine lets a worker wait.
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void workersWhoseClocksAreHoursOffWorkOnNormally() throws Exception {
        try (Workload workload = new Workload(DATABASE.dataSource());
                Engine _ = engine(7);
                Engine _ = engine(-7)) {
            OffsetDateTime begin = workload.now();
            List<TaskId> tasks = workload.create(
                    Workflows.template(
                            "a|handler_class: once_again;backoff: {strategy: fixed, base_seconds: 1, jitter: 0}",
                            "b <- a|handler_class: done"),
                    20);
            workload.awaitEnd(DEADLINE);

            History history = workload.assertComplete();
            assertThat(history.moves()).noneMatch(History.Move::isExpiry);
            for (TaskId task : tasks) {
                Duration wait = Duration.between(
                        begin.toInstant(), workload.step(task, "a").getLastAttemptedAt());
                assertThat(wait).isBetween(Duration.ofSeconds(1), DEADLINE);
                assertThat(workload.step(task, "a").getAttempts()).isEqualTo(2);
            }
        }
    }

    private static Engine engine(long hours) {
        return Engine.open(DATABASE.dataSource(), 3, LEASE, Clock.offset(Clock.systemUTC(), Duration.ofHours(hours)))
                .serving("once_again", (task, sequence, step) -> {
                    if (step.attempts() == 1) {
                        throw new IllegalStateException("fails first");
                    }
                    return "done";
                })
                .serving("done", (task, sequence, step) -> "done")
                .started();
    }
}
