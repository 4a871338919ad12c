package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.StepCancelledException;
import dev.tasker.execution.Progress;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.operation.Operator;
import dev.tasker.operation.TaskAction;
import dev.tasker.request.TaskRequest;
import dev.tasker.store.CheckpointStore;
import dev.tasker.store.Database;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Tasker tasker = Tasker.open(
            DATABASE.dataSource(), TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)), List.of());

    @AfterEach
    void close() {
        tasker.close();
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    /// A handler that is given its progress.
    @FunctionalInterface
    private interface Body {
        @Nullable
        Object run(Progress progress, Step step) throws Exception;
    }

    private TaskId run(String keys, Body body) {
        String name = "step_" + System.nanoTime();
        tasker.register(name, config -> new StepHandler(config) {
            @Override
            public @Nullable Object process(Task task, Sequence sequence, Step step) throws Exception {
                return body.run(progress(), step);
            }
        });
        TaskId task = tasker.create(
                tasker.register(template(name + "|" + keys)).template(),
                TaskRequest.builder(Map.of()).build());
        tasker.start();
        return task;
    }

    private StepSnapshot stepOf(TaskId task) {
        return tasker.task(task).steps().getFirst();
    }

    private static void pause(Duration time) throws InterruptedException {
        assertThat(new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS))
                .isFalse();
    }

    @SuppressWarnings("unchecked") // errors are JSON objects
    private Map<String, Object> errorOf(TaskId task) {
        return (Map<String, Object>)
                Objects.requireNonNull(tasker.task(task).steps().getFirst().error());
    }

    @Test
    void aStepThatBeatsMayRunLongerThanItsTimeout() throws Exception {
        TaskId task = run("timeout_seconds: 1", (progress, _) -> {
            for (int beat = 0; beat < 6; beat++) {
                pause(Duration.ofMillis(300));
                progress.heartbeat();
            }
            return "done";
        });

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        assertThat(stepOf(task).attempts()).isEqualTo(1);
    }

    @Test
    void aStepThatFallsSilentTimesOutAfterItsLastBeat() throws Exception {
        CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
        TaskId task = run("timeout_seconds: 1; default_retry_limit: 1", (progress, _) -> {
            progress.heartbeat();
            try {
                pause(Duration.ofSeconds(20));
            } catch (InterruptedException _) {
                cancelled.complete(progress.isCancelled());
            }
            return "late";
        });

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.ERROR);
        assertThat(errorOf(task)).containsEntry("error_code", "STEP_TIMEOUT");
        assertThat(cancelled.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theNextAttemptGoesOnFromTheLastCheckpoint() throws Exception {
        TaskId task = run("backoff: {strategy: none}", (progress, step) -> {
            if (step.attempts() == 1) {
                assertThat(progress.checkpoint()).isNull();
                progress.heartbeat(Map.of("page", 1));
                progress.heartbeat(Map.of("page", 2));
                throw new IllegalStateException("the connection broke");
            }
            return progress.checkpoint();
        });

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        assertThat(stepOf(task).results()).isEqualTo(Map.of("page", 2));
    }

    @Test
    void theBeatOfACancelledStepTellsTheHandlerToStop() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        TaskId task = run("timeout_seconds: 20", (progress, _) -> {
            running.countDown();
            try {
                while (true) {
                    progress.heartbeat();
                    Thread.onSpinWait();
                }
            } catch (StepCancelledException problem) {
                told.complete(problem);
                return "stopped";
            }
        });
        assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
        tasker.operations().perform(new TaskAction.Cancel(), task, new Operator("ann", "not wanted any more"));

        assertThat(told.get(20, TimeUnit.SECONDS)).hasMessageContaining("no longer this handler's");
        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void aCheckpointThatCannotBeStoredIsAPermanentErrorWithItsPath() throws Exception {
        TaskId task = run("default_retry_limit: 5", (progress, _) -> {
            progress.heartbeat(Map.of("ratio", Double.NaN));
            return "never";
        });

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.ERROR);
        assertThat(stepOf(task).attempts()).isEqualTo(1);
        assertThat(errorOf(task))
                .containsEntry("error_code", "CHECKPOINT_INVALID")
                .hasEntrySatisfying(
                        "message", message -> assertThat(message.toString()).contains("checkpoint.ratio"));
    }

    @Test
    void whoHasLostTheClaimLeavesNoCheckpoint() throws Exception {
        CheckpointStore checkpoints = new CheckpointStore(new Database(DATABASE.dataSource()));
        CompletableFuture<StepId> id = new CompletableFuture<>();
        CountDownLatch checked = new CountDownLatch(1);
        TaskId task = run("timeout_seconds: 20", (progress, step) -> {
            progress.heartbeat("mine");
            id.complete(step.stepId());
            assertThat(checked.await(20, TimeUnit.SECONDS)).isTrue();
            return progress.checkpoint();
        });
        StepId step = id.get(20, TimeUnit.SECONDS);

        assertThat(checkpoints.keep(step, new ClaimId(Long.MAX_VALUE), "another's"))
                .isFalse();
        checked.countDown();
        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        assertThat(stepOf(task).results()).isEqualTo("mine");
    }
}
