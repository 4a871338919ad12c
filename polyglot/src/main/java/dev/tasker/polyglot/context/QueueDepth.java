package dev.tasker.polyglot.context;

import java.util.concurrent.TimeUnit;

/// How many attempts may be claimed for one context: as many as are through within a moment.
///
/// A context that waits for its next attempt until a wave has come back is idle most of the time where handlers are
/// short; where they are long, an attempt that waits here could run elsewhere. Safe from any thread.
final class QueueDepth {
    /// What an attempt may wait for others of its language.
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final int DEPTH_MAX = 64;
    /// Of the newest run in the mean.
    private static final double SHARE = 0.05;

    private double meanNanos = WAIT_NANOS;

    /// Takes the duration of a run into the mean.
    synchronized void ran(long nanos) {
        meanNanos += SHARE * (nanos - meanNanos);
    }

    /// @param longestNanos how long the longest of the current runs has taken
    synchronized int perContext(long longestNanos) {
        double expected = Math.max(1.0, Math.max(meanNanos, (double) longestNanos));
        return (int) Math.clamp(WAIT_NANOS / expected, 1.0, DEPTH_MAX);
    }
}
