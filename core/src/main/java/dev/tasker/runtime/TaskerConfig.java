package dev.tasker.runtime;

import dev.tasker.identity.WorkerId;
import java.time.Duration;
import java.util.UUID;

/// Settings of one engine.
///
/// @param worker          names the engine in leases and in the audit trail; no two engines share one at a time
/// @param lease           how long a claim holds when its worker dies; renewed every third of it
/// @param pollInterval    how often to look for work that other processes made ready
/// @param shutdownTimeout how long [Tasker#close] waits for running handlers before it gives their steps back
/// @param resultBytesMax  what a step may store, as JSON in UTF-8
/// @param javaSlots       Java handlers at once
/// @param pacing          how much work the engine takes on
public record TaskerConfig(
        WorkerId worker,
        Duration lease,
        Duration pollInterval,
        Duration shutdownTimeout,
        int resultBytesMax,
        int javaSlots,
        Pacing pacing) {
    public static final Duration LEASE_DEFAULT = Duration.ofSeconds(15);
    public static final int RESULT_BYTES_MAX_DEFAULT = 4 * 1024 * 1024;

    public TaskerConfig {
        if (lease.toMillis() < 100 || pollInterval.toMillis() < 1 || resultBytesMax < 1 || javaSlots < 1) {
            throw new IllegalArgumentException(
                    "no valid settings: lease " + lease + " (at least 100 ms), poll interval " + pollInterval
                            + " (at least 1 ms), result bytes " + resultBytesMax + ", Java slots " + javaSlots);
        }
    }

    /// The defaults, for a worker with a name of its own.
    public static TaskerConfig defaults() {
        return new TaskerConfig(
                new WorkerId("worker-" + ProcessHandle.current().pid() + "-"
                        + UUID.randomUUID().toString().substring(0, 8)),
                LEASE_DEFAULT,
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                RESULT_BYTES_MAX_DEFAULT,
                64,
                Pacing.defaults());
    }

    public TaskerConfig withLease(Duration duration) {
        return new TaskerConfig(worker, duration, pollInterval, shutdownTimeout, resultBytesMax, javaSlots, pacing);
    }

    public TaskerConfig withPollInterval(Duration duration) {
        return new TaskerConfig(worker, lease, duration, shutdownTimeout, resultBytesMax, javaSlots, pacing);
    }

    public TaskerConfig withShutdownTimeout(Duration duration) {
        return new TaskerConfig(worker, lease, pollInterval, duration, resultBytesMax, javaSlots, pacing);
    }

    public TaskerConfig withResultBytesMax(int bytes) {
        return new TaskerConfig(worker, lease, pollInterval, shutdownTimeout, bytes, javaSlots, pacing);
    }

    public TaskerConfig withJavaSlots(int slots) {
        return new TaskerConfig(worker, lease, pollInterval, shutdownTimeout, resultBytesMax, slots, pacing);
    }

    public TaskerConfig withPacing(Pacing settings) {
        return new TaskerConfig(worker, lease, pollInterval, shutdownTimeout, resultBytesMax, javaSlots, settings);
    }
}
