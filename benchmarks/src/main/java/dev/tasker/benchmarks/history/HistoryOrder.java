package dev.tasker.benchmarks.history;

import java.time.Duration;

/// What a run of the benchmark is to do.
///
/// @param window how long an engine is measured at a time
record HistoryOrder(long seed, int finished, int active, int rounds, Duration window) {
    /// Per task with all that hangs on it, indexes included, and as much again for what is written while it is made.
    private static final long BYTES_PER_TASK = 14_000;

    private static final long BYTES_AT_LEAST = 6L * 1024 * 1024 * 1024;

    /// What the server will need of the disk.
    long bytesNeeded() {
        return BYTES_AT_LEAST + (finished + 2L * active) * BYTES_PER_TASK;
    }
}
