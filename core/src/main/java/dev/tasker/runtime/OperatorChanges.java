package dev.tasker.runtime;

import dev.tasker.event.EventPublisher;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.identity.ClaimId;
import dev.tasker.operation.Change;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import dev.tasker.transition.Transition;
import dev.tasker.transition.TransitionTable;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/// What this engine does when an operator's order was committed through it: tells subscribers, stops
/// handlers that are needed no more, and looks for work.
final class OperatorChanges implements Consumer<List<Change>> {
    private final EventPublisher publisher;
    private final Attempts attempts;
    private final OutcomeQueue queue;

    OperatorChanges(EventPublisher publisher, Attempts attempts, OutcomeQueue queue) {
        this.publisher = publisher;
        this.attempts = attempts;
        this.queue = queue;
    }

    @Override
    public void accept(List<Change> changes) {
        changes.forEach(this::stopHandlers);
        changes.forEach(change -> publisher.publish(event(change)));
        queue.wake();
    }

    private void stopHandlers(Change change) {
        if (change.metadata().get("claim_id") instanceof Number claim) {
            attempts.abandon(new ClaimId(claim.longValue()));
        } else if (change.step().isEmpty() && change.to().equals(TaskState.ERROR.key())) {
            attempts.cancel(change.task());
        }
    }

    private static LifecycleEvent event(Change change) {
        StepRef step = change.step().orElse(null);
        String name = step == null
                ? eventName(TaskTransitions.TABLE, TaskState::of, change)
                : eventName(StepTransitions.TABLE, StepState::of, change);
        return new LifecycleEvent(name, change.task(), step, change.from(), change.to(), change.metadata());
    }

    /// No two moves of an operator have the same states.
    private static <S extends Enum<S>> String eventName(
            TransitionTable<S, ?> table, Function<String, S> state, Change change) {
        S from = state.apply(change.from());
        S to = state.apply(change.to());
        return table.transitions().stream()
                .filter(move -> move.from() == from && move.to() == to)
                .map(Transition::eventName)
                .findFirst()
                .orElseThrow();
    }
}
