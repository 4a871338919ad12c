package dev.tasker.runtime;

import dev.tasker.error.BacklogFullException;
import dev.tasker.error.ErrorCode;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;

/// Refuses new tasks while too many are unfinished. Safe from any thread.
///
/// The count is about a second old, plus what this engine has created since: several engines together may go
/// over the limit by what they create within a second.
final class Backlog {
    private static final long COUNT_NANOS = 1_000_000_000L;
    private static final int RETRY_AFTER_SECONDS = 5;

    private final int tasksMax;
    private final IntUnaryOperator count;
    private final LongSupplier nanos;
    private final ReentrantLock counting = new ReentrantLock();
    private final AtomicInteger unfinished = new AtomicInteger();
    private volatile boolean known;
    private volatile long countedNanos;

    /// @param tasksMax 0: no limit
    /// @param count    counts unfinished tasks up to a number
    Backlog(int tasksMax, IntUnaryOperator count, LongSupplier nanos) {
        this.tasksMax = tasksMax;
        this.count = count;
        this.nanos = nanos;
    }

    /// Lets a caller create tasks.
    ///
    /// @throws BacklogFullException BACKLOG_FULL; nothing was stored
    void admit(int tasks) {
        if (tasksMax == 0) {
            return;
        }
        refresh();
        int before = unfinished.getAndAdd(tasks);
        if (before + (long) tasks > tasksMax) {
            unfinished.addAndGet(-tasks);
            throw full(before);
        }
    }

    /// One caller counts; the others go on with what is known.
    private void refresh() {
        if (!known) {
            counting.lock();
        } else if (nanos.getAsLong() - countedNanos < COUNT_NANOS || !counting.tryLock()) {
            return;
        }
        try {
            if (!known || nanos.getAsLong() - countedNanos >= COUNT_NANOS) {
                unfinished.set(count.applyAsInt(tasksMax + 1));
                countedNanos = nanos.getAsLong();
                known = true;
            }
        } finally {
            counting.unlock();
        }
    }

    private BacklogFullException full(int tasks) {
        return new BacklogFullException(
                ErrorCode.BACKLOG_FULL,
                "the database has " + tasks + " unfinished tasks, and this engine creates none beyond " + tasksMax
                        + "; try again in some seconds, start more workers, or raise the limit of the backlog",
                Map.of("unfinished_tasks", tasks, "limit", tasksMax, "retry_after_seconds", RETRY_AFTER_SECONDS));
    }
}
