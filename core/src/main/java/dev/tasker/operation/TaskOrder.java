package dev.tasker.operation;

import dev.tasker.identity.TaskId;
import dev.tasker.transition.TaskState;
import java.util.List;
import java.util.Set;

/// An action on tasks, ready to be carried out in one transaction.
///
/// @param tasks 1 to [#TASKS_MAX]
/// @param from  a task in another state is left alone
public record TaskOrder(TaskAction action, List<TaskId> tasks, Set<TaskState> from, Operator operator) {
    /// As many tasks are locked at once, with all their steps.
    public static final int TASKS_MAX = 100;

    public TaskOrder {
        tasks = List.copyOf(tasks);
        from = Set.copyOf(from);
        if (tasks.isEmpty() || tasks.size() > TASKS_MAX) {
            throw new IllegalArgumentException("an order is for 1 to " + TASKS_MAX + " tasks, not " + tasks.size());
        }
    }
}
