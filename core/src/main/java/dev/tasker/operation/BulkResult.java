package dev.tasker.operation;

import dev.tasker.error.ErrorCode;
import dev.tasker.identity.TaskId;
import java.util.List;

/// What came of an action on many tasks, or has come of it so far.
///
/// @param matched  tasks that were tried
/// @param changed  tasks on which it was done
/// @param already  tasks that were in that state before
/// @param refused  tasks whose state did not allow it any more, or that do not exist
/// @param refusals why, for the first [#REFUSALS_MAX] of them
public record BulkResult(long matched, long changed, long already, long refused, List<Refusal> refusals) {
    /// So many reasons are kept; all are counted.
    public static final int REFUSALS_MAX = 1_000;

    public BulkResult {
        refusals = List.copyOf(refusals);
    }

    /// One task on which it was not done.
    ///
    /// @param code TASK_STATE_CONFLICT or TASK_NOT_FOUND
    public record Refusal(TaskId task, ErrorCode code, String reason) {}
}
