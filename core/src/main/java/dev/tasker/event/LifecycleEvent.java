package dev.tasker.event;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One committed transition.
///
/// @param name      from the transition tables, for example `step.completed`
/// @param step      null where the task itself changed
/// @param fromState null where a task was created
/// @param payload   JSON-like facts; never results or contexts
public record LifecycleEvent(
        String name,
        TaskId task,
        @Nullable StepRef step,
        @Nullable String fromState,
        String toState,
        Map<String, @Nullable Object> payload) {
    /// A step by id and name.
    public record StepRef(StepId id, String name) {}
}
