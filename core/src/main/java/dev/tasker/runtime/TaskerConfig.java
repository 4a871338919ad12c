package dev.tasker.runtime;

import dev.tasker.config.Configuration;
import dev.tasker.config.Configuration.BackoffSection;
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
/// @param contextBytesMax what the context of a new task may have, as JSON in UTF-8
/// @param backoff         for steps whose template does not say
public record TaskerConfig(
        WorkerId worker,
        Duration lease,
        Duration pollInterval,
        Duration shutdownTimeout,
        int resultBytesMax,
        int javaSlots,
        Pacing pacing,
        int contextBytesMax,
        BackoffSection backoff) {

    public TaskerConfig {
        if (lease.toMillis() < 100 || pollInterval.toMillis() < 1 || resultBytesMax < 1 || javaSlots < 1) {
            throw new IllegalArgumentException(
                    "no valid settings: lease " + lease + " (at least 100 ms), poll interval " + pollInterval
                            + " (at least 1 ms), result bytes " + resultBytesMax + ", Java slots " + javaSlots);
        }
    }

    /// The defaults, for a worker with a name of its own.
    public static TaskerConfig defaults() {
        return of(Configuration.standard());
    }

    /// What the configuration says; a worker without a name gets one of its own.
    public static TaskerConfig of(Configuration configuration) {
        return new TaskerConfig(
                new WorkerId(configuration.engine().workerName().orElseGet(TaskerConfig::uniqueName)),
                configuration.engine().lease(),
                configuration.engine().pollInterval(),
                configuration.engine().shutdownTimeout(),
                configuration.execution().resultBytesMax(),
                configuration.execution().javaSlots(),
                Pacing.of(configuration.pacing()),
                configuration.execution().contextBytesMax(),
                configuration.backoff());
    }

    public TaskerConfig withLease(Duration duration) {
        return with(duration, pollInterval, shutdownTimeout, resultBytesMax);
    }

    public TaskerConfig withPollInterval(Duration duration) {
        return with(lease, duration, shutdownTimeout, resultBytesMax);
    }

    public TaskerConfig withShutdownTimeout(Duration duration) {
        return with(lease, pollInterval, duration, resultBytesMax);
    }

    public TaskerConfig withResultBytesMax(int bytes) {
        return with(lease, pollInterval, shutdownTimeout, bytes);
    }

    public TaskerConfig withJavaSlots(int slots) {
        return with(slots, pacing);
    }

    public TaskerConfig withPacing(Pacing settings) {
        return with(javaSlots, settings);
    }

    private TaskerConfig with(Duration newLease, Duration newPoll, Duration newShutdown, int newResultBytes) {
        return new TaskerConfig(
                worker, newLease, newPoll, newShutdown, newResultBytes, javaSlots, pacing, contextBytesMax, backoff);
    }

    private TaskerConfig with(int newJavaSlots, Pacing newPacing) {
        return new TaskerConfig(
                worker,
                lease,
                pollInterval,
                shutdownTimeout,
                resultBytesMax,
                newJavaSlots,
                newPacing,
                contextBytesMax,
                backoff);
    }

    private static String uniqueName() {
        return "worker-" + ProcessHandle.current().pid() + "-"
                + UUID.randomUUID().toString().substring(0, 8);
    }
}
