package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.NotFoundException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.readiness.WaitReason;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WhyStepWaitsTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

    private Scene scene;

    @BeforeEach
    void open() {
        scene = new Scene(DATABASE);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void aStepWithoutAWorkerSaysWhichHandlerIsMissing() {
        TaskId task = scene.create(template("lonely"));

        assertThat(why(task, "lonely")).singleElement().satisfies(reason -> {
            assertThat(reason.kind()).isEqualTo(WaitReason.Kind.NO_WORKER);
            assertThat(reason.explanation()).contains("java:lonely").contains("start one");
        });
    }

    @Test
    void aWorkerThatHasGoneSilentDoesNotCountAndIsNamed() {
        TaskId task = scene.create(template("quiet"));
        announce("sleeper", 4, "quiet");
        assertThat(kinds(task, "quiet")).containsExactly(WaitReason.Kind.READY);

        scene.pass(Duration.ofSeconds(61));

        assertThat(why(task, "quiet").getFirst().explanation()).contains("sleeper");
        assertThat(kinds(task, "quiet")).containsExactly(WaitReason.Kind.NO_WORKER);
    }

    @Test
    void aStepNamesTheParentsThatItWaitsFor() {
        TaskId task = scene.create(template("one", "two", "three <- one two"));
        announce("w", 4, "one", "two", "three");

        assertThat(why(task, "three")).singleElement().satisfies(reason -> {
            assertThat(reason.kind()).isEqualTo(WaitReason.Kind.WAITING_FOR_PARENTS);
            assertThat(reason.explanation()).isEqualTo("it waits for one (pending), two (pending)");
        });
    }

    @Test
    void aRunningStepNamesItsWorkerAndItsLease() {
        TaskId task = scene.create(template("busy"));
        scene.claim("w1", 1, "busy");

        WaitReason reason = why(task, "busy").getFirst();
        scene.pass(Duration.ofSeconds(16));

        assertThat(reason.kind()).isEqualTo(WaitReason.Kind.RUNNING);
        assertThat(reason.waitsUntil()).contains(START.plus(Scene.LEASE));
        assertThat(reason.details()).containsEntry("worker", "w1").containsEntry("attempt", 1);
        assertThat(kinds(task, "busy")).containsExactly(WaitReason.Kind.LEASE_EXPIRED);
    }

    @Test
    void aFailedStepTellsWhenItIsDueOrThatItHasFailedForGood() {
        TaskId task = scene.create(template("later", "never"));
        announce("w", 4, "later", "never");
        scene.record("w", Scene.retryable(scene.claim("w", 1, "later").getFirst(), Duration.ofSeconds(7)));
        scene.record("w", Scene.permanent(scene.claim("w", 1, "never").getFirst()));

        assertThat(why(task, "later")).singleElement().satisfies(reason -> {
            assertThat(reason.kind()).isEqualTo(WaitReason.Kind.BACKING_OFF);
            assertThat(reason.waitsUntil()).contains(START.plusSeconds(7));
            assertThat(reason.explanation()).contains("attempt 1 of 3 failed: again");
        });
        assertThat(why(task, "never").getFirst().explanation())
                .isEqualTo("its error is permanent: never; retry, resolve or skip it");
    }

    @Test
    void limitsAreNamedWithTheirNumbers() {
        List<TaskId> narrow = List.of(
                scene.create(template("gate|handler_class: why_narrow;concurrency: 1")),
                scene.create(template("gate|handler_class: why_narrow;concurrency: 1")));
        List<TaskId> rated = List.of(
                scene.create(template("call|handler_class: why_rated;rate_limit: {per_second: 0.1}")),
                scene.create(template("call|handler_class: why_rated;rate_limit: {per_second: 0.1}")));
        announce("w", 64, "why_narrow", "why_rated");
        scene.claim("w", 9, "why_narrow");
        scene.claim("w", 9, "why_rated");

        assertThat(kinds(narrow.get(1), "gate")).containsExactly(WaitReason.Kind.CONCURRENCY_LIMIT);
        assertThat(kinds(rated.get(1), "call")).containsExactly(WaitReason.Kind.RATE_LIMIT);
        assertThat(why(rated.get(1), "call").getFirst().waitsUntil()).contains(START.plusSeconds(10));
    }

    @Test
    void busyWorkersAreTold() {
        scene.create(template("first|handler_class: why_busy"));
        TaskId second = scene.create(template("second|handler_class: why_busy"));
        announce("w", 1, "why_busy");
        scene.claim("w", 1, "why_busy");

        assertThat(kinds(second, "second")).containsExactly(WaitReason.Kind.WORKERS_BUSY);
    }

    @Test
    void aRequestedDelayNamesTheStepThatMetIt() {
        TaskId asked = scene.create(template("pay|handler_class: why_delay;delay_key: why_bank"));
        TaskId waiting = scene.create(template("pay|handler_class: why_delay;delay_key: why_bank"));
        announce("w", 4, "why_delay");
        ClaimedStep claimed = scene.claim("w", 1, "why_delay").getFirst();
        scene.record(
                "w",
                Outcome.retryableFailure(
                        claimed.step().stepId(),
                        claimed.claim(),
                        "{\"class\":\"E\",\"message\":\"busy\",\"retry_after\":30}",
                        Duration.ofSeconds(30)));

        assertThat(why(waiting, "pay")).singleElement().satisfies(reason -> {
            assertThat(reason.kind()).isEqualTo(WaitReason.Kind.DELAY_REQUESTED);
            assertThat(reason.explanation())
                    .contains("step " + step(asked, "pay"))
                    .contains("why_bank");
        });
        assertThat(kinds(asked, "pay")).containsExactly(WaitReason.Kind.BACKING_OFF, WaitReason.Kind.DELAY_REQUESTED);
    }

    @Test
    void anEndedStepAndAnEndedTaskSaySo() {
        TaskId complete = scene.create(template("done|handler_class: why_done"));
        scene.record("w", Scene.success(scene.claim("w", 1, "why_done").getFirst()));
        TaskId failed = scene.create(template("bad|handler_class: why_bad", "rest <- bad|handler_class: why_rest"));
        scene.record("w", Scene.permanent(scene.claim("w", 1, "why_bad").getFirst()));
        announce("w", 4, "why_rest");

        assertThat(kinds(complete, "done")).containsExactly(WaitReason.Kind.ENDED);
        assertThat(kinds(failed, "rest"))
                .containsExactly(WaitReason.Kind.TASK_ENDED, WaitReason.Kind.WAITING_FOR_PARENTS);
    }

    @Test
    void anUnknownStepIsNotFound() {
        assertThatThrownBy(() -> scene.readiness().whyWaits(new StepId(987_654_321)))
                .isInstanceOfSatisfying(
                        NotFoundException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.STEP_NOT_FOUND));
        TaskId task = scene.create(template("known"));
        assertThatThrownBy(() -> scene.readiness().step(task, "unknown")).hasMessageContaining("its steps: known");
    }

    private void announce(String worker, int slots, String... handlers) {
        new WorkerStore(new Database(scene.source()))
                .register(new WorkerStore.Announcement(
                        new WorkerId(worker),
                        Arrays.stream(handlers)
                                .map(handler -> new HandlerKey(HandlerRuntime.JAVA, handler))
                                .collect(Collectors.toSet()),
                        Map.of(HandlerRuntime.JAVA, slots),
                        "host",
                        1,
                        "test"));
    }

    private StepId step(TaskId task, String name) {
        return scene.readiness().step(task, name);
    }

    private List<WaitReason> why(TaskId task, String name) {
        return scene.readiness().whyWaits(step(task, name));
    }

    private List<WaitReason.Kind> kinds(TaskId task, String name) {
        return why(task, name).stream().map(WaitReason::kind).toList();
    }
}
