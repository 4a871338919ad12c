package dev.tasker.server.benchmark;

/// A system under measurement, set up for one workload. Safe from any thread.
public interface WorkflowSystem extends AutoCloseable {
    /// Creates one task, and returns when its completion is committed.
    ///
    /// @param number tells tasks apart; never used twice on one database
    /// @throws IllegalStateException the task failed
    void run(long number) throws InterruptedException;

    @Override
    void close();
}
