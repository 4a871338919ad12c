package dev.tasker.operation;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;

/// Carries out orders. Safe from any thread; every call is one transaction.
public interface Orders {
    OrderResult carryOut(TaskOrder order);

    OrderResult carryOut(StepOrder order);

    /// @throws dev.tasker.error.NotFoundException TASK_NOT_FOUND, STEP_NOT_FOUND
    StepId stepNamed(TaskId task, String name);
}
