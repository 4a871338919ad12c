package dev.tasker.server.benchmark;

import java.time.Duration;

/// What a closed loop came to.
///
/// @param tasks   that were completed
/// @param begun   at most so many numbers were used
/// @param elapsed from the start of the first task to the end of the last
public record LoopResult(long tasks, long begun, Duration elapsed, LatencyStatistics latency) {
    private static final double NANOS_PER_SECOND = 1e9;

    public double tasksPerSecond() {
        return tasks / (elapsed.toNanos() / NANOS_PER_SECOND);
    }

    public double stepsPerSecond(int stepsPerTask) {
        return tasksPerSecond() * stepsPerTask;
    }
}
