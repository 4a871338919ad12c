package dev.tasker.finalization;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What became of a task in a wave.
public sealed interface TaskVerdict {
    TaskId task();

    TaskOutlook outlook();

    /// Every step is satisfied; the task has ended.
    record Complete(TaskId task, TaskOutlook outlook) implements TaskVerdict {}

    /// Steps have failed for good and nothing else can run; the task has ended.
    record Failed(TaskId task, TaskOutlook outlook, List<StepId> blocked) implements TaskVerdict {}

    /// The task goes on.
    ///
    /// @param resumesAt earliest due time among the steps that may run; empty while all it waits for is running
    record Waiting(TaskId task, TaskOutlook outlook, Optional<Instant> resumesAt) implements TaskVerdict {}
}
