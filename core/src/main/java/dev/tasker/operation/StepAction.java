package dev.tasker.operation;

import static java.util.stream.Collectors.toCollection;

import dev.tasker.transition.StepEvent;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.Transition;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What an operator can do to a step. From which states it may be done is in [StepTransitions].
public sealed interface StepAction {
    /// Runs a failed step again, at once: also one that waits for its next attempt, and one that has none
    /// left.
    ///
    /// @param resetAttempts counts its attempts anew; else it gets one attempt more than it had
    record Retry(boolean resetAttempts) implements StepAction {}

    /// Declares the step done by other means, without a result. Its children may run.
    record Resolve() implements StepAction {}

    /// Declares the step done by other means, with a result for its children.
    ///
    /// @param results JSON-like
    record Complete(@Nullable Object results) implements StepAction {}

    /// Leaves the step out, skippable or not. Its children may run.
    record Skip() implements StepAction {}

    /// Gives the step up. A running handler is interrupted where its language allows it. Its children never
    /// run, and its task will end in error.
    record Cancel() implements StepAction {}

    /// One of each kind.
    static List<StepAction> all() {
        return List.of(new Retry(false), new Resolve(), new Complete(null), new Skip(), new Cancel());
    }

    default StepEvent event() {
        return switch (this) {
            case Retry _ -> StepEvent.RETRY;
            case Resolve _, Complete _ -> StepEvent.RESOLVE;
            case Skip _ -> StepEvent.SKIP;
            case Cancel _ -> StepEvent.CANCEL;
        };
    }

    /// The name in the audit trail.
    default String key() {
        return switch (this) {
            case Retry _ -> "retry";
            case Resolve _ -> "resolve_manually";
            case Complete _ -> "complete_manually";
            case Skip _ -> "skip";
            case Cancel _ -> "cancel";
        };
    }

    /// The states from which it may be done.
    default Set<StepState> from() {
        return StepTransitions.TABLE.transitions().stream()
                .filter(move -> move.event() == event())
                .map(Transition::from)
                .collect(toCollection(() -> EnumSet.noneOf(StepState.class)));
    }

    /// The state to which it leads.
    default StepState to() {
        return StepTransitions.TABLE.transitions().stream()
                .filter(move -> move.event() == event())
                .map(Transition::to)
                .findFirst()
                .orElseThrow();
    }
}
