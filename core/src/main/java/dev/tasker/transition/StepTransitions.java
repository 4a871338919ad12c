package dev.tasker.transition;

import static dev.tasker.transition.StepState.CANCELLED;
import static dev.tasker.transition.StepState.COMPLETE;
import static dev.tasker.transition.StepState.ERROR;
import static dev.tasker.transition.StepState.IN_PROGRESS;
import static dev.tasker.transition.StepState.PENDING;
import static dev.tasker.transition.StepState.RESOLVED_MANUALLY;
import static dev.tasker.transition.StepState.SKIPPED;

import java.util.List;

/// The one table of legal moves of a step.
public final class StepTransitions {
    public static final TransitionTable<StepState, StepEvent> TABLE = new TransitionTable<>(List.of(
            move(PENDING, StepEvent.CLAIM, IN_PROGRESS, "step.execution_requested", "every parent is satisfied"),
            move(PENDING, StepEvent.FAIL, ERROR, "step.failed", ""),
            move(PENDING, StepEvent.SKIP, SKIPPED, "step.skipped", "bypassed and skippable, or by an operator"),
            move(PENDING, StepEvent.CANCEL, CANCELLED, "step.cancelled", ""),
            move(PENDING, StepEvent.RESOLVE, RESOLVED_MANUALLY, "step.resolved_manually", "by an operator"),
            move(IN_PROGRESS, StepEvent.COMPLETE, COMPLETE, "step.completed", "the claim is the current one"),
            move(IN_PROGRESS, StepEvent.FAIL, ERROR, "step.failed", "the claim is the current one"),
            move(IN_PROGRESS, StepEvent.EXPIRE, ERROR, "step.lease_expired", "the lease has run out"),
            move(IN_PROGRESS, StepEvent.RELEASE, PENDING, "step.released", "its worker stops gracefully"),
            move(IN_PROGRESS, StepEvent.CANCEL, CANCELLED, "step.cancelled", ""),
            move(ERROR, StepEvent.RETRY, PENDING, "step.retry_requested", "an attempt is left, or by an operator"),
            move(ERROR, StepEvent.SKIP, SKIPPED, "step.skipped", "by an operator"),
            move(ERROR, StepEvent.RESOLVE, RESOLVED_MANUALLY, "step.resolved_manually", "by an operator")));

    private StepTransitions() {}

    private static Transition<StepState, StepEvent> move(
            StepState from, StepEvent event, StepState to, String eventName, String condition) {
        return new Transition<>(from, event, to, eventName, condition);
    }
}
