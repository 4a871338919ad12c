package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static dev.tasker.store.Scene.names;
import static dev.tasker.store.Scene.permanent;
import static dev.tasker.store.Scene.retryable;
import static dev.tasker.store.Scene.success;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.test.PostgresVersion;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.NotFoundException;
import dev.tasker.error.TaskerException;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.operation.Change;
import dev.tasker.operation.ConditionalResult;
import dev.tasker.operation.Operations;
import dev.tasker.operation.Operator;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.TaskAction;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Renewal;
import dev.tasker.wave.WaveResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

@ParameterizedClass
@EnumSource(PostgresVersion.class)
class OperationStoreTest {
    private static final Operator ANN = new Operator("ann", "ticket 7");
    private static final int NOTIFY_WAIT_MILLIS = 10_000;

    @Parameter
    private PostgresVersion version;

    private TestDatabase database;
    private Scene scene;
    private Operations operations;
    private final List<Change> told = new ArrayList<>();

    @BeforeEach
    void open() {
        database = TestDatabase.create(version);
        scene = new Scene(database);
        operations = new Operations(new OperationStore(new Database(scene.source())), told::addAll, 1_000);
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void aRenewalDoesNotStopTheHandlersOfAPausedTask() {
        TaskId task = scene.create(template("a"));
        ClaimedStep claimed = scene.claim("w", 10, "a").getFirst();

        operations.perform(new TaskAction.Pause(), task, ANN);

        assertThat(scene.renewal("w", claimed)).isEqualTo(new Renewal(Set.of(claimed.claim()), Set.of(), Set.of()));
    }

    @Test
    void everyActionOnATaskInEveryStateFollowsTheTable() throws SQLException {
        for (TaskState state : TaskState.values()) {
            for (TaskAction action : TaskAction.all()) {
                TaskId task = taskIn(state);
                TaskSnapshot before = scene.task(task);
                boolean legal = TaskTransitions.TABLE.on(state, action.event()).isPresent();
                ConditionalResult expected = legal
                        ? ConditionalResult.TRANSITIONED
                        : state == action.to()
                                ? ConditionalResult.ALREADY_TARGET
                                : ConditionalResult.INVALID_FROM_STATE;

                ConditionalResult result = operations.performConditionally(action, task, ANN);

                assertThat(result).as(action + " from " + state).isEqualTo(expected);
                if (legal) {
                    TransitionSnapshot move = lastOf(task, null);
                    assertThat(move.fromState()).isEqualTo(state.key());
                    assertThat(move.toState()).isEqualTo(action.to().key());
                    assertThat(move.metadata())
                            .isEqualTo(Map.of("action", action.key(), "operator", "ann", "reason", "ticket 7"));
                    assertThat(scene.task(task).summary().state()).isEqualTo(action.to());
                } else {
                    assertThat(scene.task(task)).isEqualTo(before);
                    assertThatThrownBy(() -> operations.perform(action, task, ANN))
                            .isInstanceOf(ConflictException.class)
                            .hasMessageContaining("task " + task + " is " + state.key())
                            .extracting(problem -> ((TaskerException) problem).code())
                            .isEqualTo(ErrorCode.TASK_STATE_CONFLICT);
                    assertThat(operations.performSafely(action, task, ANN)).isFalse();
                }
                assertCountersAreRight(task);
            }
        }
    }

    @Test
    void everyActionOnAStepInEveryStateFollowsTheTable() {
        for (StepState state : StepState.values()) {
            for (StepAction action : StepAction.all()) {
                TaskId task = scene.create(template("a", "b", "after <- a"));
                StepId step = bring(task, "a", state);
                TaskSnapshot before = scene.task(task);
                boolean legal = StepTransitions.TABLE.on(state, action.event()).isPresent();
                ConditionalResult expected = legal
                        ? ConditionalResult.TRANSITIONED
                        : state == action.to()
                                ? ConditionalResult.ALREADY_TARGET
                                : ConditionalResult.INVALID_FROM_STATE;

                ConditionalResult result = operations.performConditionally(action, step, ANN);

                assertThat(result).as(action + " from " + state).isEqualTo(expected);
                if (legal) {
                    TransitionSnapshot move = lastOf(task, "a");
                    assertThat(move.fromState()).isEqualTo(state.key());
                    assertThat(move.metadata())
                            .containsEntry("action", action.key())
                            .containsEntry("operator", "ann")
                            .containsEntry("reason", "ticket 7");
                    assertThat(scene.step(task, "a").state()).isEqualTo(action.to());
                } else {
                    assertThat(scene.task(task)).isEqualTo(before);
                    assertThatThrownBy(() -> operations.perform(action, step, ANN))
                            .isInstanceOf(ConflictException.class)
                            .hasMessageContaining("step " + step + " is " + state.key())
                            .extracting(problem -> ((TaskerException) problem).code())
                            .isEqualTo(ErrorCode.STEP_STATE_CONFLICT);
                }
                assertCountersAreRight(task);
            }
        }
    }

    @Test
    void stepsOfATaskThatHasEndedOtherwiseThanInErrorAreNeverChanged() throws SQLException {
        for (TaskState state : List.of(TaskState.CANCELLED, TaskState.RESOLVED_MANUALLY)) {
            TaskId task = taskIn(state);
            StepSnapshot step = scene.task(task).steps().getLast();
            TaskSnapshot before = scene.task(task);

            for (StepAction action : StepAction.all()) {
                if (action.to() != step.state()) {
                    assertThatThrownBy(() -> operations.perform(action, step.id(), ANN))
                            .isInstanceOf(ConflictException.class)
                            .hasMessageContaining("its task is " + state.key());
                }
            }
            assertThat(scene.task(task)).isEqualTo(before);
        }
    }

    @Test
    void whatIsUnknownIsNotFoundInEveryForm() {
        TaskId nobody = new TaskId(4711);
        StepId nothing = new StepId(4711);
        TaskId task = scene.create(template("a"));

        assertThatThrownBy(() -> operations.perform(new TaskAction.Pause(), nobody, ANN))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("there is no task 4711");
        assertThatThrownBy(() -> operations.performSafely(new TaskAction.Pause(), nobody, ANN))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> operations.performConditionally(new StepAction.Skip(), nothing, ANN))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("there is no step 4711");
        assertThatThrownBy(() -> operations.stepNamed(task, "z"))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("task " + task + " has no step `z`");
        assertThatThrownBy(() -> operations.stepNamed(nobody, "a")).isInstanceOf(NotFoundException.class);
        assertThat(operations.stepNamed(task, "a"))
                .isEqualTo(scene.step(task, "a").id());
    }

    @Test
    void anOperatorWithoutANameIsRefused() {
        assertThatThrownBy(() -> Operator.of(" ")).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> new Operator("ann", "\u0000")).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> new Operator("ann", "x".repeat(1_001))).isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void anActionThatExpectsAStateIsRefusedInAnyOther() {
        TaskId task = scene.create(template("a"));
        StepId step = scene.step(task, "a").id();

        assertThatThrownBy(() -> operations.perform(new TaskAction.Pause(), task, TaskState.IN_PROGRESS, ANN))
                .isInstanceOf(ConflictException.class);
        assertThatThrownBy(() -> operations.perform(new StepAction.Skip(), step, StepState.ERROR, ANN))
                .isInstanceOf(ConflictException.class);
        assertThatThrownBy(() -> operations.perform(new TaskAction.Pause(), task, TaskState.COMPLETE, ANN))
                .isInstanceOf(ConflictException.class);
        assertThat(scene.trail(task, null)).isEmpty();
        operations.perform(new TaskAction.Pause(), task, TaskState.PENDING, ANN);
        assertThat(scene.trail(task, null)).containsExactly("pending>paused");
    }

    @Test
    void aPausedTaskIsNotClaimedAndItsRunningStepsAreRecorded() {
        TaskId task = scene.create(template("a", "b", "c <- a"));
        ClaimedStep running = scene.claim("w", 1, "a").getFirst();
        operations.perform(new TaskAction.Pause(), task, ANN);

        WaveResult wave = scene.wave("w", List.of(success(running)), 10, "a", "b", "c");

        assertThat(wave.refused()).isEmpty();
        assertThat(wave.claimed()).isEmpty();
        assertThat(scene.step(task, "a").state()).isEqualTo(StepState.COMPLETE);
        operations.perform(new TaskAction.Resume(), task, ANN);
        assertThat(names(scene.claim("w", 10, "b", "c"))).containsExactlyInAnyOrder("b", "c");
    }

    @Test
    void aStepThatFailsWhilePausedIsTriedAgainAfterTheResume() {
        TaskId task = scene.create(template("a"));
        ClaimedStep running = scene.claim("w", 1, "a").getFirst();
        operations.perform(new TaskAction.Pause(), task, ANN);
        scene.record("w", retryable(running, Duration.ZERO));

        assertThat(scene.claim("w", 1, "a")).isEmpty();
        operations.perform(new TaskAction.Resume(), task, ANN);
        assertThat(names(scene.claim("w", 1, "a"))).containsExactly("a");
    }

    @Test
    void aTaskWhoseLastStepEndedWhilePausedEndsWithItsResume() {
        TaskId good = scene.create(template("a"));
        TaskId bad = scene.create(template("b"));
        List<ClaimedStep> running = scene.claim("w", 2, "a", "b");
        operations.perform(new TaskAction.Pause(), good, ANN);
        operations.perform(new TaskAction.Pause(), bad, ANN);
        scene.record("w", success(running.get(0)), permanent(running.get(1)));

        List<Change> completed = operations.perform(new TaskAction.Resume(), good, ANN);
        operations.perform(new TaskAction.Resume(), bad, ANN);

        assertThat(completed)
                .extracting(change -> change.from() + ">" + change.to())
                .containsExactly("paused>pending", "pending>in_progress", "in_progress>complete");
        assertThat(scene.task(bad).summary().state()).isEqualTo(TaskState.ERROR);
    }

    @Test
    void cancellingATaskTakesItsUnfinishedStepsAlongAndRefusesLateOutcomes() {
        TaskId task = scene.create(template("done", "running", "waiting <- running"));
        scene.record("w", success(scene.claim("w", 1, "done").getFirst()));
        ClaimedStep running = scene.claim("w", 1, "running").getFirst();

        List<Change> changes = operations.perform(new TaskAction.Cancel(), task, ANN);

        assertThat(changes).isEqualTo(told).hasSize(3);
        assertThat(changes.get(1).metadata())
                .containsEntry("claim_id", (int) running.claim().value())
                .containsEntry("worker", "w");
        assertThat(scene.step(task, "done").state()).isEqualTo(StepState.COMPLETE);
        assertThat(scene.step(task, "running").state()).isEqualTo(StepState.CANCELLED);
        assertThat(scene.step(task, "waiting").state()).isEqualTo(StepState.CANCELLED);
        assertThat(scene.task(task).summary().endedAt()).isPresent();
        assertThat(scene.renew("w", running)).isEmpty();
        assertThat(scene.record("w", success(running)).refused()).containsExactly(running.claim());
        assertThat(scene.step(task, "running").results()).isNull();
        assertThat(scene.step(task, "running").state()).isEqualTo(StepState.CANCELLED);
    }

    @Test
    void cancellingRunningStepsNotifiesTheEngines() throws SQLException {
        TaskId running = scene.create(template("a"));
        TaskId waiting = scene.create(template("b"));
        scene.claim("w", 1, "a");
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("LISTEN tasker_interrupts");
            operations.perform(new TaskAction.Cancel(), waiting, ANN);
            operations.perform(new TaskAction.Cancel(), running, ANN);

            PGNotification[] heard = connection.unwrap(PGConnection.class).getNotifications(NOTIFY_WAIT_MILLIS);

            assertThat(heard).hasSize(1);
            assertThat(heard[0].getParameter()).isEqualTo(running.toString());
        }
    }

    @Test
    void aRetriedTaskTriesEveryBlockedStepOnceMoreAndKeepsItsAttempts() {
        TaskId task = scene.create(template("a|default_retry_limit: 1", "b", "c <- a b"));
        List<ClaimedStep> first = scene.claim("w", 2, "a", "b");
        scene.record("w", retryable(first.get(0), Duration.ZERO), permanent(first.get(1)));
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);

        operations.perform(new TaskAction.Retry(false), task, ANN);

        List<ClaimedStep> second = scene.claim("w", 2, "a", "b");
        assertThat(second).extracting(step -> step.step().attempts()).containsExactly(2, 2);
        scene.record("w", retryable(second.get(0), Duration.ZERO), success(second.get(1)));
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
        assertThat(scene.trail(task, null))
                .containsExactly(
                        "pending>in_progress",
                        "in_progress>error",
                        "error>pending",
                        "pending>in_progress",
                        "in_progress>error");
    }

    @Test
    void attemptsThatAreResetCountAnewAndTheAuditTrailKeepsTheOldNumber() {
        TaskId task = scene.create(template("a|default_retry_limit: 2"));
        scene.record("w", permanent(scene.claim("w", 1, "a").getFirst()));

        operations.perform(new TaskAction.Retry(true), task, ANN);

        assertThat(lastOf(task, "a").metadata()).containsEntry("attempts_before", 1);
        ClaimedStep again = scene.claim("w", 1, "a").getFirst();
        assertThat(again.step().attempts()).isEqualTo(1);
        scene.record("w", retryable(again, Duration.ZERO));
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.IN_PROGRESS);
    }

    @Test
    void aRetriedStepThatWaitedForItsNextAttemptIsDueAtOnce() {
        TaskId task = scene.create(template("a"));
        scene.record("w", retryable(scene.claim("w", 1, "a").getFirst(), Duration.ofHours(1)));
        assertThat(scene.claim("w", 1, "a")).isEmpty();

        operations.perform(new StepAction.Retry(false), scene.step(task, "a").id(), ANN);

        assertThat(names(scene.claim("w", 1, "a"))).containsExactly("a");
    }

    @Test
    void aTaskThatCouldOnlyFailAgainIsNotRetried() {
        TaskId task = scene.create(template("a", "b <- a"));
        operations.perform(new StepAction.Cancel(), scene.step(task, "a").id(), ANN);
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
        TaskSnapshot before = scene.task(task);

        assertThatThrownBy(() -> operations.perform(new TaskAction.Retry(false), task, ANN))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("one of its steps is cancelled");

        assertThat(scene.task(task)).isEqualTo(before);
        operations.perform(new TaskAction.Resolve(), task, ANN);
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.RESOLVED_MANUALLY);
    }

    @Test
    void aManuallyCompletedStepHandsItsResultsToItsChildren() {
        TaskId task = failedChain();

        operations.perform(
                new StepAction.Complete(Map.of("paid", 12)),
                scene.step(task, "a").id(),
                ANN);

        ClaimedStep child = scene.claim("w", 1, "b").getFirst();
        assertThat(child.parents().get("a").results()).isEqualTo(Map.of("paid", 12));
        assertThat(scene.step(task, "a").state()).isEqualTo(StepState.RESOLVED_MANUALLY);
        scene.record("w", success(child));
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.COMPLETE);
    }

    @Test
    void resolvedSkippedAndRetriedStepsLetAFailedTaskGoOn() {
        for (StepAction action :
                List.of(new StepAction.Resolve(), new StepAction.Skip(), new StepAction.Retry(false))) {
            TaskId task = failedChain();

            operations.perform(action, scene.step(task, "a").id(), ANN);

            assertThat(scene.task(task).summary().state()).as(action.key()).isEqualTo(TaskState.PENDING);
            assertThat(scene.task(task).summary().endedAt()).isEmpty();
            if (action instanceof StepAction.Retry) {
                scene.record("w", success(scene.claim("w", 1, "a").getFirst()));
            }
            scene.record("w", success(scene.claim("w", 1, "b").getFirst()));
            assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.COMPLETE);
        }
    }

    @Test
    void aFailedTaskWhoseLastStepIsResolvedCompletesInTheSameCall() {
        TaskId task = scene.create(template("a"));
        scene.record("w", permanent(scene.claim("w", 1, "a").getFirst()));

        operations.perform(new StepAction.Resolve(), scene.step(task, "a").id(), ANN);

        assertThat(scene.trail(task, null))
                .containsExactly(
                        "pending>in_progress",
                        "in_progress>error",
                        "error>pending",
                        "pending>in_progress",
                        "in_progress>complete");
        assertThat(told).extracting(Change::to).endsWith("resolved_manually", "pending", "in_progress", "complete");
    }

    @Test
    void aFailFastTaskComesBackOnlyWhenNothingBlocksItAnyMore() {
        TaskId task = scene.create(template(Map.of("failure_policy", "fail_fast"), "a", "b", "c"));
        List<ClaimedStep> claimed = scene.claim("w", 2, "a", "b");
        scene.record("w", permanent(claimed.get(0)), permanent(claimed.get(1)));

        operations.perform(new StepAction.Retry(false), scene.step(task, "a").id(), ANN);
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
        assertThat(scene.claim("w", 10, "a", "b", "c")).isEmpty();

        operations.perform(new StepAction.Skip(), scene.step(task, "b").id(), ANN);
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.PENDING);
        assertThat(names(scene.claim("w", 10, "a", "b", "c"))).containsExactlyInAnyOrder("a", "c");
    }

    @Test
    void cancellingAStepEndsItsTaskWhenNothingElseCanRun() {
        TaskId task = scene.create(template("a", "b"));
        ClaimedStep running = scene.claim("w", 1, "a").getFirst();

        operations.perform(new StepAction.Cancel(), running.step().stepId(), ANN);

        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.IN_PROGRESS);
        assertThat(scene.record("w", success(running)).refused()).hasSize(1);
        scene.record("w", success(scene.claim("w", 1, "b").getFirst()));
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
    }

    @Test
    void anActionOnAStepOfAPausedTaskWaitsForTheResume() {
        TaskId task = scene.create(template("a", "b <- a"));
        operations.perform(new TaskAction.Pause(), task, ANN);

        operations.perform(new StepAction.Skip(), scene.step(task, "a").id(), ANN);

        assertThat(scene.claim("w", 10, "a", "b")).isEmpty();
        operations.perform(new TaskAction.Resume(), task, ANN);
        assertThat(names(scene.claim("w", 10, "a", "b"))).containsExactly("b");
    }

    @Test
    void aResultThatCannotBeStoredChangesNothing() {
        TaskId task = failedChain();
        StepId step = scene.step(task, "a").id();
        TaskSnapshot before = scene.task(task);

        assertThatThrownBy(() -> operations.perform(new StepAction.Complete("x".repeat(1_000)), step, ANN))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("1002 bytes");
        assertThatThrownBy(() -> operations.perform(new StepAction.Complete(Map.of("n", Double.NaN)), step, ANN))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("results.n");

        assertThat(scene.task(task)).isEqualTo(before);
        operations.perform(new StepAction.Complete(null), step, ANN);
        assertThat(scene.step(task, "a").state()).isEqualTo(StepState.RESOLVED_MANUALLY);
    }

    @Test
    void aLaunchedDraftRuns() throws SQLException {
        TaskId task = taskIn(TaskState.DRAFT);
        assertThat(scene.claim("w", 10, "a", "b")).isEmpty();

        operations.perform(new TaskAction.Launch(), task, ANN);

        assertThat(names(scene.claim("w", 10, "a", "b"))).containsExactly("a");
    }

    @Test
    void theQueueOutsideIsGivenATaskThatCanRunAgain() throws SQLException {
        TaskId task = scene.create(template("a"));
        scene.sql("UPDATE tasker.tasks SET enqueuer = 'jobs', next_enqueue_at = NULL");
        operations.perform(new TaskAction.Pause(), task, ANN);
        assertThat(nextEnqueueAt(task)).isEmpty();

        operations.perform(new TaskAction.Resume(), task, ANN);

        assertThat(nextEnqueueAt(task)).isPresent();
    }

    private Optional<Object> nextEnqueueAt(TaskId task) {
        return new Database(scene.source())
                .call(dsl -> Optional.ofNullable(dsl.select(dev.tasker.db.generated.Tables.TASKS.NEXT_ENQUEUE_AT)
                        .from(dev.tasker.db.generated.Tables.TASKS)
                        .where(dev.tasker.db.generated.Tables.TASKS.TASK_ID.eq(task.value()))
                        .fetchOne(0)));
    }

    /// A failed task: `b` waits for `a`, which has failed for good.
    private TaskId failedChain() {
        TaskId task = scene.create(template("a", "b <- a"));
        scene.record("w", permanent(scene.claim("w", 1, "a").getFirst()));
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
        return task;
    }

    private TaskId taskIn(TaskState state) throws SQLException {
        Template chain = template("a", "b <- a");
        return switch (state) {
            case DRAFT -> {
                TaskId task = scene.create(chain);
                scene.sql("UPDATE tasker.workflow_steps SET held = true, claimable = false WHERE task_id = " + task);
                scene.sql("UPDATE tasker.tasks SET state = 'draft' WHERE task_id = " + task);
                yield task;
            }
            case PENDING -> scene.create(chain);
            case IN_PROGRESS -> {
                TaskId task = scene.create(chain);
                claimOf(task, "a");
                yield task;
            }
            case PAUSED -> after(new TaskAction.Pause(), scene.create(chain));
            case COMPLETE -> {
                TaskId task = scene.create(chain);
                scene.record("w", success(claimOf(task, "a")));
                scene.record("w", success(claimOf(task, "b")));
                yield task;
            }
            case ERROR -> {
                TaskId task = scene.create(chain);
                scene.record("w", permanent(claimOf(task, "a")));
                yield task;
            }
            case CANCELLED -> after(new TaskAction.Cancel(), scene.create(chain));
            case RESOLVED_MANUALLY -> after(new TaskAction.Resolve(), taskIn(TaskState.ERROR));
        };
    }

    private TaskId after(TaskAction action, TaskId task) {
        operations.perform(action, task, ANN);
        return task;
    }

    private StepId bring(TaskId task, String name, StepState state) {
        StepId step = scene.step(task, name).id();
        switch (state) {
            case PENDING -> {}
            case IN_PROGRESS -> claimOf(task, name);
            case COMPLETE -> scene.record("w", success(claimOf(task, name)));
            case ERROR -> scene.record("w", permanent(claimOf(task, name)));
            case SKIPPED -> operations.perform(new StepAction.Skip(), step, ANN);
            case CANCELLED -> operations.perform(new StepAction.Cancel(), step, ANN);
            case RESOLVED_MANUALLY -> operations.perform(new StepAction.Resolve(), step, ANN);
        }
        return step;
    }

    /// Other tasks of the test have steps of the same name; what is claimed of them stays claimed.
    private ClaimedStep claimOf(TaskId task, String name) {
        return scene.claim("w", 200, name).stream()
                .filter(step -> step.task().taskId().equals(task))
                .findFirst()
                .orElseThrow();
    }

    private TransitionSnapshot lastOf(TaskId task, String step) {
        return scene.task(task).transitions().stream()
                .filter(move -> move.stepName().equals(Optional.ofNullable(step)))
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    private void assertCountersAreRight(TaskId task) {
        Map<String, Scene.Counters> counters = scene.counters(task);
        scene.readiness().steps(task).forEach(step -> {
            Scene.Counters row = counters.get(step.name());
            assertThat(row.unmet()).isEqualTo(step.totalParents() - step.completedParents());
            assertThat(row.claimable()).as(step.toString()).isEqualTo(step.readyForExecution());
        });
    }
}
