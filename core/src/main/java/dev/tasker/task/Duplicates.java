package dev.tasker.task;

import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.identity.TaskId;
import java.util.Map;

/// What becomes of requests whose task exists already.
public enum Duplicates {
    /// They are errors, and nothing is created.
    REFUSE,
    /// They are answered with the existing task, and the others are created.
    SKIP;

    /// The error of one request.
    public static ConflictException refused(TaskId existing) {
        return new ConflictException(
                ErrorCode.TASK_DUPLICATE,
                "task " + existing + " has the same identity already; nothing was created",
                Map.of("task_id", existing.value()));
    }
}
