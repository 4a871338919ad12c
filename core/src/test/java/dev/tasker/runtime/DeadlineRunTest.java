package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class DeadlineRunTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void aHandlerThatRunsWhenTheDeadlinePassesIsInterruptedAndItsOutcomeIsRecorded() throws Exception {
        Template template = template("stuck|default_retry_limit: 5", "after <- stuck");
        CountDownLatch interrupted = new CountDownLatch(1);
        CompletableFuture<Map<String, Object>> failed = new CompletableFuture<>();
        Tasker tasker = Tasker.open(
                DATABASE.dataSource(), TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)), List.of());
        tasker.register("stuck", handler((task, sequence, step) -> {
            try {
                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException problem) {
                interrupted.countDown();
                throw problem;
            }
        }));
        tasker.register("after", handler((task, sequence, step) -> null));
        tasker.events().subscribe(event -> {
            if (event.name().equals("task.failed")) {
                failed.complete(Map.of(
                        "from",
                        String.valueOf(event.fromState()),
                        "reason",
                        event.payload().get("reason")));
            }
        });
        tasker.start();

        TaskId task = tasker.create(
                tasker.register(template).template(),
                TaskRequest.builder(Map.of()).deadline(Duration.ofMillis(300)).build());
        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.ERROR);
        assertThat(interrupted.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(failed.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isEqualTo(Map.of("from", "in_progress", "reason", "deadline_exceeded"));
        tasker.close();

        TaskSnapshot snapshot = tasker.task(task);
        assertThat(snapshot.steps())
                .extracting(StepSnapshot::state)
                .containsExactly(StepState.ERROR, StepState.PENDING);
        assertThat(tasker.stepReadiness(task)).noneMatch(readiness -> readiness.readyForExecution());
    }
}
