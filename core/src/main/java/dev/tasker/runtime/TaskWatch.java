package dev.tasker.runtime;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.event.EventFilter;
import dev.tasker.event.EventPublisher.Subscription;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Waits for the end of a task: told by this engine's own events, and by looking now and then for what others did.
final class TaskWatch {
    private static final Duration OUTAGE_MAX = Duration.ofSeconds(30);
    private static final Duration OUTAGE_PAUSE = Duration.ofMillis(200);

    private final Tasker tasker;
    private final TaskId task;

    TaskWatch(Tasker tasker, TaskId task) {
        this.tasker = tasker;
        this.task = task;
    }

    TaskState await(Duration limit, Duration lookInterval) throws InterruptedException {
        Semaphore changed = new Semaphore(0);
        long deadline = System.nanoTime() + limit.toNanos();
        try (Subscription _ = tasker.events().watch(EventFilter.of("task.*"), event -> {
            if (event.isAbout(task)) {
                changed.release();
            }
        })) {
            TaskState state = look();
            while (!state.isTerminal() && System.nanoTime() - deadline < 0) {
                boolean told = changed.tryAcquire(
                        Math.min(lookInterval.toNanos(), Math.max(1, deadline - System.nanoTime())),
                        TimeUnit.NANOSECONDS);
                if (told) {
                    changed.drainPermits();
                }
                state = look();
            }
            return state;
        }
    }

    /// The engine itself outlasts a database that is away for a moment; so does whoever waits for it.
    private TaskState look() throws InterruptedException {
        long giveUp = System.nanoTime() + OUTAGE_MAX.toNanos();
        while (true) {
            try {
                return tasker.state(task);
            } catch (StoreUnavailableException problem) {
                if (System.nanoTime() - giveUp >= 0) {
                    throw problem;
                }
                Thread.sleep(OUTAGE_PAUSE);
            }
        }
    }
}
