package dev.tasker.runtime;

import dev.tasker.event.EventPublisher;
import dev.tasker.event.EventSubject;
import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.event.TransitionEvents;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import dev.tasker.operation.Change;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import dev.tasker.transition.TransitionTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/// What this engine does when an operator's order was committed through it: tells subscribers, stops handlers that
/// are needed no more, and looks for work.
final class OperatorChanges implements Consumer<List<Change>> {
    private final EventPublisher publisher;
    private final TransitionEvents events;
    private final Function<TaskId, TemplateKey> templates;
    private final Attempts attempts;
    private final OutcomeQueue queue;
    private final Consumer<ClaimId> forget;

    /// @param templates reads the template of a task
    /// @param forget    told of claims that were taken away
    OperatorChanges(
            EventPublisher publisher,
            Function<TaskId, TemplateKey> templates,
            Attempts attempts,
            OutcomeQueue queue,
            Consumer<ClaimId> forget) {
        this.publisher = publisher;
        this.events = new TransitionEvents(publisher);
        this.templates = templates;
        this.attempts = attempts;
        this.queue = queue;
        this.forget = forget;
    }

    @Override
    public void accept(List<Change> changes) {
        changes.forEach(this::stopHandlers);
        if (publisher.hasSubscribers()) {
            Map<TaskId, TemplateKey> known = new HashMap<>();
            changes.forEach(change -> publish(change, known.computeIfAbsent(change.task(), templates)));
        }
        queue.wake();
    }

    private void stopHandlers(Change change) {
        if (change.metadata().get("claim_id") instanceof Number claim) {
            ClaimId taken = new ClaimId(claim.longValue());
            attempts.abandon(taken);
            forget.accept(taken);
        } else if (change.step().isEmpty() && change.to().equals(TaskState.ERROR.key())) {
            attempts.cancel(change.task());
        }
    }

    private void publish(Change change, TemplateKey template) {
        EventSubject task = EventSubject.of(change.task(), template);
        StepRef step = change.step().orElse(null);
        if (step == null) {
            TaskState from = TaskState.of(change.from());
            events.publishTaskTransition(
                    task,
                    from,
                    event(TaskTransitions.TABLE, from, TaskState.of(change.to())),
                    change.at(),
                    change.metadata());
        } else {
            StepState from = StepState.of(change.from());
            events.publishStepTransition(
                    task.withStep(step, null),
                    from,
                    event(StepTransitions.TABLE, from, StepState.of(change.to())),
                    change.at(),
                    change.metadata());
        }
    }

    /// No two moves of an operator have the same states.
    private static <S extends Enum<S>, E extends Enum<E>> E event(TransitionTable<S, E> table, S from, S to) {
        return table.transitions().stream()
                .filter(move -> move.from() == from && move.to() == to)
                .findFirst()
                .orElseThrow()
                .event();
    }
}
