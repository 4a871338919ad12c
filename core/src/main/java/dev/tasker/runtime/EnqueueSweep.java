package dev.tasker.runtime;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.EnqueueSchedule;
import dev.tasker.reenqueue.EnqueueSchedule.DueTask;
import dev.tasker.reenqueue.TaskQueues;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands tasks to the queues of this engine that are due: new ones, those that waited, and those whose job
/// was lost.
final class EnqueueSweep {
    private static final Logger log = LoggerFactory.getLogger(EnqueueSweep.class);
    private static final long EVERY_MILLIS = 1_000;
    private static final int TASKS_MAX = 200;

    private final TaskQueues queues;
    private final EnqueueSchedule schedule;
    private final Handover handover;
    private final ScheduledExecutorService timer;
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile boolean stopped;

    EnqueueSweep(TaskQueues queues, EnqueueSchedule schedule, Handover handover, ScheduledExecutorService timer) {
        this.queues = queues;
        this.schedule = schedule;
        this.handover = handover;
        this.timer = timer;
    }

    void start() {
        if (!queues.isEmpty()) {
            ScheduledFuture<?> _ = timer.scheduleWithFixedDelay(this::guarded, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /// Looks at once, on the timer's thread.
    void soon() {
        if (!asked.compareAndSet(false, true)) {
            return;
        }
        try {
            timer.execute(() -> {
                asked.set(false);
                guarded();
            });
        } catch (RejectedExecutionException _) {
            // The engine has closed; another one hands the task over.
        }
    }

    void stop() {
        stopped = true;
    }

    private void guarded() {
        try {
            List<DueTask> due;
            do {
                due = stopped ? List.of() : schedule.take(queues.names(), TASKS_MAX);
                give(due);
            } while (due.size() >= TASKS_MAX);
        } catch (StoreUnavailableException problem) {
            log.atWarn()
                    .addKeyValue("reason", problem.getMessage())
                    .log("the database did not tell which tasks are to be enqueued");
        } catch (Throwable problem) {
            // Whatever it was, the tasks of these queues need the next sweep.
            log.atError().setCause(problem).log("the sweep failed");
        }
    }

    private void give(List<DueTask> due) {
        List<TaskId> refused = new ArrayList<>();
        for (DueTask task : due) {
            boolean taken = queues.find(task.enqueuer())
                    .map(queue -> handover.give(queue, task.task(), Duration.ZERO, task.reason()))
                    .orElse(false);
            if (!taken) {
                refused.add(task.task());
            }
        }
        if (!refused.isEmpty()) {
            schedule.postpone(refused, handover.refusedPause());
        }
    }
}
