package dev.tasker.reenqueue;

import java.time.Duration;
import java.util.PriorityQueue;

/// When steps that this process has seen fail are due again. Not safe for several threads.
///
/// Works on a monotonic clock and on delays, so that a worker whose wall clock is wrong wakes up in time all the
/// same. It only saves polling: the database decides what is due.
public final class DueTimes {
    /// Beyond this many, polling finds the rest.
    private static final int TIMES_MAX = 10_000;

    private final PriorityQueue<Long> dueNanos = new PriorityQueue<>();

    /// Remembers that something is due `delay` after `nowNanos` (of [System#nanoTime]).
    public void add(long nowNanos, Duration delay) {
        if (dueNanos.size() < TIMES_MAX) {
            dueNanos.add(nowNanos + delay.toNanos());
        }
    }

    /// How long to wait at most: until the earliest due time, but no longer than `limit`. Forgets what is past.
    public Duration untilNext(long nowNanos, Duration limit) {
        Long next = dueNanos.peek();
        if (next == null) {
            return limit;
        }
        Duration wait = Duration.ofNanos(Math.max(0, next - nowNanos));
        return wait.compareTo(limit) < 0 ? wait : limit;
    }

    /// Drops every time up to `nowNanos`.
    ///
    /// @return whether there was one
    public boolean takeDue(long nowNanos) {
        boolean found = false;
        while (!dueNanos.isEmpty() && dueNanos.element() - nowNanos <= 0) {
            dueNanos.remove();
            found = true;
        }
        return found;
    }
}
