package dev.tasker.operation;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.query.TaskQuery;
import java.util.List;
import java.util.Optional;

/// Carries out orders. Safe from any thread; every call is one transaction.
public interface Orders {
    /// Carries out an order for tasks.
    OrderResult carryOut(TaskOrder order);

    /// Carries out an order for a step.
    OrderResult carryOut(StepOrder order);

    /// The id of the step of a task that has this name.
    ///
    /// @throws dev.tasker.error.NotFoundException TASK_NOT_FOUND, STEP_NOT_FOUND
    StepId stepNamed(TaskId task, String name);

    /// The ids of tasks that match, newest first.
    ///
    /// @param below only tasks with a lower id
    List<TaskId> matching(TaskQuery query, Optional<TaskId> below, int limit);

    /// How many tasks match.
    long count(TaskQuery query);
}
