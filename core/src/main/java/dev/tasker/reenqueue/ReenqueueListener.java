package dev.tasker.reenqueue;

import dev.tasker.identity.TaskId;
import java.time.Duration;

/// Told of every task that is handed to its queue, on the thread that did it; must return quickly.
public interface ReenqueueListener {
    /// The queue is about to be given a task.
    void enqueuing(String queue, TaskId task, ReenqueueReason reason);

    /// The queue has taken a task.
    void enqueued(String queue, TaskId task, Duration delay, ReenqueueReason reason);

    /// The queue threw; the task is handed over again later.
    void refused(String queue, TaskId task, ReenqueueReason reason, RuntimeException problem);
}
