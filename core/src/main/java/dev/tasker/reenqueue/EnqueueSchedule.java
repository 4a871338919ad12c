package dev.tasker.reenqueue;

import dev.tasker.identity.TaskId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/// When tasks are to be handed to their queues, as the database keeps it. Safe from any thread; every call
/// blocks for one statement in a transaction of its own.
public interface EnqueueSchedule {
    /// Takes tasks that are due for these queues. Several engines each take others.
    ///
    /// @param limit of each queue
    List<DueTask> take(Set<String> enqueuers, int limit);

    /// What is left to do of a task.
    ///
    /// @throws dev.tasker.error.NotFoundException TASK_NOT_FOUND
    JobOutlook outlook(TaskId task);

    /// Notes that a task is about to be handed over, to run after `delay`.
    ///
    /// @param looked how long ago the caller asked for the outlook of which `delay` came
    /// @return false where it is not to be: it has ended or rests, another job is promised in time, or somebody has
    ///     asked since for the task to be run at once
    boolean promise(TaskId task, Duration delay, Duration looked);

    /// Has tasks taken again after `delay`; those that are due already, at once.
    void postpone(Collection<TaskId> tasks, Duration delay);

    /// A task that its queue is to be given now.
    record DueTask(TaskId task, String enqueuer, ReenqueueReason reason) {}
}
