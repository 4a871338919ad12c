package dev.tasker.operation;

import static java.util.stream.Collectors.toCollection;

import dev.tasker.transition.TaskEvent;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import dev.tasker.transition.Transition;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What an operator can do to a task. From which states it may be done is in [TaskTransitions].
public sealed interface TaskAction {
    /// Lets a draft run.
    record Launch() implements TaskAction {}

    /// Claims nothing more. Handlers that run go on, and their outcomes are recorded.
    record Pause() implements TaskAction {}

    /// Lets a paused task go on.
    record Resume() implements TaskAction {}

    /// Ends the task with its unfinished steps. Running handlers are interrupted where their language
    /// allows it, and their late outcomes are refused.
    record Cancel() implements TaskAction {}

    /// Tries again every step of a failed task that has failed for good; each gets one more attempt at least.
    ///
    /// @param resetAttempts counts the attempts of those steps anew, so that they may use up their whole
    ///     limit again
    record Retry(boolean resetAttempts) implements TaskAction {}

    /// Declares a failed task settled by other means. Its steps stay as they are.
    record Resolve() implements TaskAction {}

    /// One of each kind.
    static List<TaskAction> all() {
        return List.of(new Launch(), new Pause(), new Resume(), new Cancel(), new Retry(false), new Resolve());
    }

    default TaskEvent event() {
        return switch (this) {
            case Launch _ -> TaskEvent.LAUNCH;
            case Pause _ -> TaskEvent.PAUSE;
            case Resume _ -> TaskEvent.RESUME;
            case Cancel _ -> TaskEvent.CANCEL;
            case Retry _ -> TaskEvent.RETRY;
            case Resolve _ -> TaskEvent.RESOLVE;
        };
    }

    /// The name in the audit trail and on the command line.
    default String key() {
        return event().name().toLowerCase(Locale.ROOT);
    }

    /// The states from which it may be done.
    default Set<TaskState> from() {
        return TaskTransitions.TABLE.transitions().stream()
                .filter(move -> move.event() == event())
                .map(Transition::from)
                .collect(toCollection(() -> EnumSet.noneOf(TaskState.class)));
    }

    /// The state to which it leads; what the task does then is another matter.
    default TaskState to() {
        return TaskTransitions.TABLE.transitions().stream()
                .filter(move -> move.event() == event())
                .map(Transition::to)
                .findFirst()
                .orElseThrow();
    }

    /// The states of the tasks that a filter without a state means: those with something left to do. Tasks
    /// that have ended well are cancelled only where their state is named.
    default Set<TaskState> fromUnlessNamed() {
        Set<TaskState> states = EnumSet.copyOf(from());
        states.remove(TaskState.COMPLETE);
        states.remove(TaskState.RESOLVED_MANUALLY);
        return states;
    }
}
