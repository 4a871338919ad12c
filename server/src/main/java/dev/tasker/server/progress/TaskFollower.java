package dev.tasker.server.progress;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.event.EventFilter;
import dev.tasker.event.EventPublisher.Subscription;
import dev.tasker.identity.TaskId;
import dev.tasker.runtime.Tasker;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Keeps a view up to date with a task: reads the task after each event, and now and then for what other
/// processes did.
public final class TaskFollower implements AutoCloseable {
    private static final long TICK_MILLIS = 100;
    private static final int TICKS_PER_LOOK = 10;
    private static final long END_MILLIS_MAX = 5_000;

    private final Tasker tasker;
    private final TaskId task;
    private final ProgressView view;
    private final Semaphore changes = new Semaphore(0);
    private final Subscription subscription;
    private final Thread thread;
    private volatile boolean ended;

    /// Starts to follow.
    public TaskFollower(Tasker tasker, TaskId task, ProgressView view) {
        this.tasker = tasker;
        this.task = task;
        this.view = view;
        this.subscription = tasker.events().watch(EventFilter.of("task.*", "step.*"), event -> {
            if (event.isTransition() && event.isAbout(task)) {
                changes.release();
            }
        });
        this.thread = Thread.ofPlatform().name("tasker-progress").daemon().unstarted(this::follow);
        thread.start();
    }

    /// Shows the task a last time.
    @Override
    public void close() {
        subscription.close();
        ended = true;
        changes.release();
        try {
            thread.join(END_MILLIS_MAX);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow() {
        try {
            int ticks = 0;
            while (!ended) {
                boolean changed = changes.tryAcquire(TICK_MILLIS, TimeUnit.MILLISECONDS);
                changes.drainPermits();
                if (changed || ++ticks % TICKS_PER_LOOK == 0) {
                    look();
                } else {
                    view.tick();
                }
            }
            look();
            view.end();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            view.show(tasker.task(task));
        } catch (StoreUnavailableException _) {
            // The engine reports an outage; the view catches up afterwards.
        }
    }
}
