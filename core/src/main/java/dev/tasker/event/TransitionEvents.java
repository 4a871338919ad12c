package dev.tasker.event;

import dev.tasker.event.LifecycleEvent.Move;
import dev.tasker.transition.StepEvent;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskEvent;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import dev.tasker.transition.Transition;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Publishes changes of state, each under the name that its transition table gives.
///
/// Whoever commits a transition calls this once, after the commit.
public final class TransitionEvents {
    /// What a new task publishes: it has no transition.
    public static final String CREATED = "task.initialize_requested";

    private final EventPublisher publisher;

    public TransitionEvents(EventPublisher publisher) {
        this.publisher = publisher;
    }

    /// A task was created.
    public void publishCreation(
            EventSubject task, TaskState state, Instant at, Map<String, ? extends @Nullable Object> facts) {
        publisher.publish(CREATED, () -> LifecycleEvent.moved(CREATED, at, task, new Move(null, state.key()), facts));
    }

    /// A task moved.
    ///
    /// @throws IllegalStateException the table has no such move
    public void publishTaskTransition(
            EventSubject task,
            TaskState from,
            TaskEvent event,
            Instant at,
            Map<String, ? extends @Nullable Object> facts) {
        publish(task, found(TaskTransitions.TABLE.on(from, event), from, event), at, facts);
    }

    /// A step moved.
    ///
    /// @throws IllegalStateException the table has no such move
    public void publishStepTransition(
            EventSubject step,
            StepState from,
            StepEvent event,
            Instant at,
            Map<String, ? extends @Nullable Object> facts) {
        Transition<StepState, StepEvent> move = found(StepTransitions.TABLE.on(from, event), from, event);
        publish(step, move, at, facts);
        if (event == StepEvent.SKIP) {
            String skipped = "observability.step.skip";
            publisher.publish(skipped, () -> LifecycleEvent.of(skipped, at, step, facts));
        }
    }

    private void publish(
            EventSubject subject, Transition<?, ?> move, Instant at, Map<String, ? extends @Nullable Object> facts) {
        publisher.publish(
                move.eventName(), () -> LifecycleEvent.moved(move.eventName(), at, subject, moveOf(move), facts));
    }

    private static Move moveOf(Transition<?, ?> move) {
        return new Move(key(move.from()), key(move.to()));
    }

    private static String key(Enum<?> state) {
        return state instanceof TaskState task ? task.key() : ((StepState) state).key();
    }

    private static <T> T found(Optional<T> move, Enum<?> from, Enum<?> event) {
        return move.orElseThrow(() -> new IllegalStateException("no transition from " + from + " on " + event));
    }
}
