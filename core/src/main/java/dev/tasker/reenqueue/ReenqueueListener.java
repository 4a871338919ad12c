package dev.tasker.reenqueue;

import dev.tasker.identity.TaskId;
import java.time.Duration;

/// Told of every task that is handed to its queue, on the thread that did it; must return quickly.
public interface ReenqueueListener {
    /// Does nothing.
    ReenqueueListener NONE = new ReenqueueListener() {
        @Override
        public void enqueued(String queue, TaskId task, Duration delay, ReenqueueReason reason) {}

        @Override
        public void refused(String queue, TaskId task, ReenqueueReason reason, RuntimeException problem) {}
    };

    /// The queue has taken a task.
    void enqueued(String queue, TaskId task, Duration delay, ReenqueueReason reason);

    /// The queue threw; the task is handed over again later.
    void refused(String queue, TaskId task, ReenqueueReason reason, RuntimeException problem);
}
