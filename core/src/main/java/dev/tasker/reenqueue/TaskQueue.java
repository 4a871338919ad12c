package dev.tasker.reenqueue;

import dev.tasker.identity.TaskId;
import java.time.Duration;

/// A queue that has tasks run: the application's own (Sidekiq, Celery, BullMQ), injected into the engine, or
/// the core's scheduler ([InDatabaseQueue]).
///
/// Whoever takes a job out of the queue calls `Tasker.runTask` with its task. A queue may lose a job,
/// deliver it twice, early or late: a second job finds nothing to do, and a lost one is handed over again.
public interface TaskQueue {
    /// The name under which tasks ask for this queue, 1 to 64 characters; the same in every process.
    String name();

    /// Has a task run after `delay`. Safe from any thread; should return quickly.
    ///
    /// Called after the commit of what makes it necessary. Whatever it throws is logged, and the task is
    /// handed over again some seconds later.
    ///
    /// @param delay  zero or more
    /// @param reason a [ReenqueueReason#key], for people who look at the queue
    void enqueue(TaskId task, Duration delay, String reason);
}
