package dev.tasker.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReadinessTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    private static final StepReadiness READY = step(StepState.PENDING, 2, 2, true, true);
    private static final StepReadiness RUNNING = step(StepState.IN_PROGRESS, 0, 0, true, false);
    private static final StepReadiness WAITING = step(StepState.PENDING, 3, 1, true, false);
    private static final StepReadiness EXHAUSTED = step(StepState.ERROR, 0, 0, false, false);
    private static final StepReadiness HELD = step(StepState.PENDING, 0, 0, true, false);
    private static final StepReadiness DONE = step(StepState.COMPLETE, 1, 1, true, false);

    @Test
    void aReadyStepIsBlockedByNothing() {
        assertThat(READY.blockingReason(NOW)).isEmpty();
        assertThat(READY.timeUntilReady(NOW)).contains(Duration.ZERO);
        assertThat(READY.dependencyStatus()).isEqualTo("all_satisfied");
        assertThat(READY.backoffType()).isEqualTo("no_backoff");
    }

    @Test
    void eachObstacleHasItsReason() {
        assertThat(WAITING.blockingReason(NOW)).contains(BlockingReason.DEPENDENCIES_NOT_SATISFIED);
        assertThat(EXHAUSTED.blockingReason(NOW)).contains(BlockingReason.RETRY_NOT_ELIGIBLE);
        assertThat(backingOff(Optional.empty()).blockingReason(NOW)).contains(BlockingReason.RETRY_NOT_ELIGIBLE);
        assertThat(RUNNING.blockingReason(NOW)).contains(BlockingReason.INVALID_STATE);
        assertThat(DONE.blockingReason(NOW)).contains(BlockingReason.INVALID_STATE);
        assertThat(HELD.blockingReason(NOW)).contains(BlockingReason.UNKNOWN);
        assertThat(WAITING.dependencyStatus()).isEqualTo("1/3_satisfied");
        assertThat(HELD.dependencyStatus()).isEqualTo("no_dependencies");
    }

    @Test
    void theTimeUntilReadyIsThatOfTheNextAttemptAndNeverNegative() {
        StepReadiness step = backingOff(Optional.empty());

        assertThat(step.timeUntilReady(NOW)).contains(Duration.ofSeconds(7));
        assertThat(step.timeUntilReady(NOW.plusSeconds(60))).contains(Duration.ZERO);
        assertThat(WAITING.timeUntilReady(NOW)).isEmpty();
    }

    @Test
    void backoffIsExplicitWhenTheHandlerAskedForItAndOtherwiseWhatThePolicyMade() {
        StepReadiness computed = backingOff(Optional.empty());
        StepReadiness asked = backingOff(Optional.of(Duration.ofSeconds(90)));

        assertThat(computed.backoffType()).isEqualTo("exponential_backoff");
        assertThat(computed.effectiveBackoffSeconds()).isEqualTo(10);
        assertThat(asked.backoffType()).isEqualTo("explicit_backoff");
        assertThat(asked.effectiveBackoffSeconds()).isEqualTo(90);
        assertThat(EXHAUSTED.effectiveBackoffSeconds()).isZero();
    }

    @Test
    void theRetryStatusFollowsAttemptsAndTime() {
        assertThat(EXHAUSTED.retryStatus(NOW)).isEqualTo("max_retries_reached");
        assertThat(backingOff(Optional.empty()).retryStatus(NOW)).isEqualTo("waiting_for_backoff");
        assertThat(backingOff(Optional.empty()).retryStatus(NOW.plusSeconds(7))).isEqualTo("retry_eligible");
    }

    @Test
    void theDetailedStatusHoldsAllOfIt() {
        assertThat(backingOff(Optional.empty()).detailedStatus(NOW))
                .containsEntry("state", "error")
                .containsEntry("ready", false)
                .containsEntry("blocking_reason", "retry_not_eligible")
                .containsEntry("time_until_ready_seconds", 7L)
                .containsEntry("dependency_status", "no_dependencies")
                .containsEntry("retry_status", "waiting_for_backoff")
                .containsEntry("backoff_type", "exponential_backoff")
                .containsEntry("effective_backoff_seconds", 10L)
                .containsEntry("last_attempted_at", null);
    }

    @Test
    void stepsFallIntoGroups() {
        StepReadiness retrying = backingOff(Optional.empty());
        StepReadinessList steps =
                new StepReadinessList(List.of(READY, RUNNING, WAITING, EXHAUSTED, HELD, DONE, retrying));

        assertThat(steps.ready()).containsExactly(READY);
        assertThat(steps.blockedByDependencies()).containsExactly(WAITING);
        assertThat(steps.blockedByRetry()).containsExactly(EXHAUSTED, retrying);
        assertThat(steps.pending()).containsExactly(READY, WAITING, HELD);
        assertThat(steps.failed()).containsExactly(EXHAUSTED, retrying);
        assertThat(steps.inProgress()).containsExactly(RUNNING);
        assertThat(steps.complete()).containsExactly(DONE);
    }

    @Test
    void theNextActionFollowsFromTheRecommendedOne() {
        assertThat(action("execute_ready_steps")).isEqualTo("high true");
        assertThat(action("wait_for_completion")).isEqualTo("low false");
        assertThat(action("handle_failures")).isEqualTo("critical false");
        assertThat(action("finalize_task")).isEqualTo("medium true");
        assertThat(action("wait_for_dependencies")).isEqualTo("low false");
    }

    @Test
    void aTaskWithReadyStepsHasWorkToDoAtOnce() {
        TaskExecutionContext context =
                context(TaskState.IN_PROGRESS, "has_ready_steps", "execute_ready_steps", "healthy");

        assertThat(context.hasWorkToDo()).isTrue();
        assertThat(context.canMakeProgress()).isTrue();
        assertThat(context.shouldReenqueue()).isTrue();
        assertThat(context.needsImmediateAction()).isTrue();
        assertThat(context.isHealthy()).isTrue();
        assertThat(context.isBlocked()).isFalse();
        assertThat(context.needsIntervention()).isFalse();
    }

    @Test
    void aBlockedTaskNeedsAnOperator() {
        TaskExecutionContext context =
                context(TaskState.IN_PROGRESS, "blocked_by_failures", "handle_failures", "blocked");

        assertThat(context.isBlocked()).isTrue();
        assertThat(context.needsIntervention()).isTrue();
        assertThat(context.needsImmediateAction()).isTrue();
        assertThat(context.shouldReenqueue()).isFalse();
        assertThat(context.hasWorkToDo()).isFalse();
    }

    @Test
    void aTaskThatHasEndedNeedsNothing() {
        TaskExecutionContext context = context(TaskState.COMPLETE, "all_complete", "finalize_task", "healthy");

        assertThat(context.isComplete()).isTrue();
        assertThat(context.needsImmediateAction()).isFalse();
        assertThat(context.shouldReenqueue()).isFalse();
    }

    @Test
    void theSummaryOfAContextShowsProgress() {
        assertThat(context(TaskState.IN_PROGRESS, "processing", "wait_for_completion", "healthy")
                        .workflowSummary())
                .containsEntry("total_steps", 3L)
                .containsEntry("completed", 2L)
                .containsEntry("status", "processing")
                .containsEntry("health", "healthy")
                .containsEntry(
                        "progress_details",
                        Map.of(
                                "completed_ratio", "2/3",
                                "completion_percentage", "66.67%",
                                "remaining_steps", 1L,
                                "failed_steps", 0L,
                                "ready_steps", 0L));
    }

    private static String action(String recommended) {
        NextAction action = context(TaskState.IN_PROGRESS, "processing", recommended, "healthy")
                .nextActionDetails();
        assertThat(action.action()).isEqualTo(recommended);
        assertThat(action.toJson()).containsOnlyKeys("action", "description", "urgency", "can_proceed");
        return action.urgency() + " " + action.canProceed();
    }

    private static TaskExecutionContext context(TaskState state, String status, String action, String health) {
        return new TaskExecutionContext(
                new TaskId(1), state, 3, 0, 1, 2, 0, 0, status, action, new BigDecimal("66.67"), health);
    }

    private static StepReadiness step(
            StepState state, int parents, int completed, boolean retryEligible, boolean ready) {
        return new StepReadiness(
                new StepId(1),
                state + " " + parents,
                state,
                parents == completed,
                retryEligible,
                ready,
                Optional.empty(),
                parents,
                completed,
                1,
                3,
                Optional.empty(),
                state == StepState.ERROR ? Optional.of(NOW.minusSeconds(3)) : Optional.empty(),
                Optional.empty());
    }

    private static StepReadiness backingOff(Optional<Duration> requested) {
        return new StepReadiness(
                new StepId(2),
                "retrying",
                StepState.ERROR,
                true,
                true,
                false,
                Optional.of(NOW.plusSeconds(7)),
                0,
                0,
                1,
                3,
                requested,
                Optional.of(NOW.minusSeconds(3)),
                Optional.empty());
    }
}
