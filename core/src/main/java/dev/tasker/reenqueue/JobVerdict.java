package dev.tasker.reenqueue;

import dev.tasker.transition.TaskState;
import java.time.Duration;

/// What became of a job: one run of one task's steps.
public sealed interface JobVerdict {
    /// The task has ended, in this job or before it.
    record Ended(TaskState state) implements JobVerdict {}

    /// There is more to do later; the task's queue was given it, or will be by the sweep.
    record Again(Duration delay, ReenqueueReason reason) implements JobVerdict {}

    /// The task rests (draft or paused), or another job of it is running or promised in time.
    record NothingToDo() implements JobVerdict {}
}
