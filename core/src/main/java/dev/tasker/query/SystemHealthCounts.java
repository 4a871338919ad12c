package dev.tasker.query;

/// The whole system in numbers: each task and each step once, by its state now.
///
/// @param archivedTasks what was archived; it is in no other number
/// @param connections   of the database
public record SystemHealthCounts(Tasks tasks, Steps steps, long archivedTasks, Connections connections) {
    /// Tasks that are not archived.
    public record Tasks(
            long total,
            long draft,
            long pending,
            long inProgress,
            long paused,
            long complete,
            long error,
            long cancelled,
            long resolvedManually) {}

    /// Their steps.
    ///
    /// @param retryableError   of those in error, the ones that get another attempt
    /// @param exhaustedRetries of those in error, the ones that get none
    /// @param inBackoff        of the retryable ones, those whose next attempt is not due yet
    public record Steps(
            long total,
            long pending,
            long inProgress,
            long complete,
            long error,
            long skipped,
            long cancelled,
            long resolvedManually,
            long retryableError,
            long exhaustedRetries,
            long inBackoff) {}

    /// Sessions of this database that are at work, and how many the server takes.
    public record Connections(long active, int max) {}
}
