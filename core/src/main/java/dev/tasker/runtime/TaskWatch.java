package dev.tasker.runtime;

import dev.tasker.event.EventPublisher.Subscription;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Waits for the end of a task: told by this engine's own events, and by looking now and then for what others did.
final class TaskWatch {
    private final Tasker tasker;
    private final TaskId task;

    TaskWatch(Tasker tasker, TaskId task) {
        this.tasker = tasker;
        this.task = task;
    }

    TaskState await(Duration limit, Duration lookInterval) throws InterruptedException {
        Semaphore changed = new Semaphore(0);
        long deadline = System.nanoTime() + limit.toNanos();
        try (Subscription _ = tasker.events().subscribe(event -> {
            if (event.task().equals(task) && event.step() == null) {
                changed.release();
            }
        })) {
            TaskState state = tasker.state(task);
            while (!state.isTerminal() && System.nanoTime() - deadline < 0) {
                boolean told = changed.tryAcquire(
                        Math.min(lookInterval.toNanos(), Math.max(1, deadline - System.nanoTime())),
                        TimeUnit.NANOSECONDS);
                if (told) {
                    changed.drainPermits();
                }
                state = tasker.state(task);
            }
            return state;
        }
    }
}
