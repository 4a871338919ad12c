package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.BacklogFullException;
import dev.tasker.error.ErrorCode;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BacklogTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final long SECOND = 1_000_000_000L;

    private final AtomicInteger stored = new AtomicInteger();
    private final AtomicInteger counts = new AtomicInteger();
    private final AtomicLong now = new AtomicLong();

    @Test
    void aFullBacklogIsRefusedWithWhatToDo() {
        stored.set(10);
        Backlog backlog = backlog(10);

        BacklogFullException problem = catchThrowableOfType(BacklogFullException.class, () -> backlog.admit(1));

        assertThat(problem.code()).isEqualTo(ErrorCode.BACKLOG_FULL);
        assertThat(problem.details())
                .containsEntry("unfinished_tasks", 10)
                .containsEntry("limit", 10)
                .containsEntry("retry_after_seconds", 5);
    }

    @Test
    void tasksOfThisEngineCountAtOnceAndThoseOfOthersAfterASecond() {
        Backlog backlog = backlog(3);
        backlog.admit(2);
        backlog.admit(1);
        assertThatThrownBy(() -> backlog.admit(1)).isInstanceOf(BacklogFullException.class);
        assertThat(counts).hasValue(1);

        now.addAndGet(SECOND);
        backlog.admit(1);
        stored.set(3);
        backlog.admit(1);
        now.addAndGet(SECOND);
        assertThatThrownBy(() -> backlog.admit(1)).isInstanceOf(BacklogFullException.class);
        assertThat(counts).hasValue(3);
    }

    @Test
    void aBatchIsTakenAsAWholeOrNotAtAll() {
        Backlog backlog = backlog(5);

        assertThatThrownBy(() -> backlog.admit(6)).isInstanceOf(BacklogFullException.class);
        backlog.admit(5);
    }

    @Test
    void withoutALimitNobodyCounts() {
        Backlog backlog = backlog(0);

        backlog.admit(1_000_000);

        assertThat(counts).hasValue(0);
    }

    @Test
    void anEngineRefusesTasksBeyondItsLimitUntilSomeHaveEnded() throws Exception {
        try (TestDatabase database = TestDatabase.create();
                Tasker tasker = Tasker.open(
                        database.dataSource(),
                        TaskerConfig.defaults().withPacing(Pacing.defaults().withBacklogTasksMax(2)),
                        List.of())) {
            RegisteredTemplate template = tasker.register(template("a")).template();
            TaskId first = create(tasker, template);
            create(tasker, template);

            assertThatThrownBy(() -> create(tasker, template)).hasMessageContaining("2 unfinished tasks");
            assertThat(tasker.tasks(Optional.empty(), Optional.empty(), 10)).hasSize(2);

            tasker.register("a", handler((task, sequence, step) -> 1));
            tasker.start();
            assertThat(tasker.awaitEnd(first, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            org.awaitility.Awaitility.await()
                    .atMost(DEADLINE)
                    .ignoreExceptionsInstanceOf(BacklogFullException.class)
                    .until(() -> create(tasker, template).value() > 0);
        }
    }

    private static TaskId create(Tasker tasker, RegisteredTemplate template) {
        return tasker.create(template, TaskRequest.builder(Map.of()).build());
    }

    private Backlog backlog(int tasksMax) {
        return new Backlog(
                tasksMax,
                max -> {
                    counts.incrementAndGet();
                    return Math.min(max, stored.get());
                },
                now::get);
    }
}
