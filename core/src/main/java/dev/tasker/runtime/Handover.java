package dev.tasker.runtime;

import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.ReenqueueListener;
import dev.tasker.reenqueue.ReenqueueReason;
import dev.tasker.reenqueue.TaskQueue;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands tasks to their queues: the one place where that happens.
///
/// @param listener     told of each
/// @param refusedPause when a queue is to be asked again that did not take a task
record Handover(ReenqueueListener listener, Duration refusedPause) {
    private static final Logger log = LoggerFactory.getLogger(Handover.class);

    /// Hands one task over.
    ///
    /// @return false where the queue threw
    boolean give(TaskQueue queue, TaskId task, Duration delay, ReenqueueReason reason) {
        listener.enqueuing(queue.name(), task, reason);
        try {
            queue.enqueue(task, delay, reason.key());
        } catch (RuntimeException problem) {
            log.atWarn()
                    .addKeyValue("reason", problem)
                    .addKeyValue("queue", queue.name())
                    .addKeyValue("task_id", task)
                    .log("a queue did not take a task; it is handed over again");
            listener.refused(queue.name(), task, reason, problem);
            return false;
        }
        log.atDebug()
                .addKeyValue("queue", queue.name())
                .addKeyValue("task_id", task)
                .addKeyValue("delay", delay)
                .addKeyValue("reason", reason.key())
                .log("task enqueued");
        listener.enqueued(queue.name(), task, delay, reason);
        return true;
    }
}
