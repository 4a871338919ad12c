package dev.tasker.archive;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What a run would find now: tasks that ended before the retention date.
///
/// @param completeTasks   will be moved, like the next two
/// @param errorTasks      will be moved where the plan says so
/// @param hookDueTasks    of all these, those that wait for their task handler's annotations and stay
/// @param lateSubscribers durable subscribers that have not had all transitions of these tasks: what they lack
///                        stays
/// @param bytesPerTask    what a task takes in the live tables with all that hangs on it, estimated; the
///                        archive has fewer indexes and takes less
public record ArchiveOutlook(
        long completeTasks,
        long cancelledTasks,
        long resolvedTasks,
        long errorTasks,
        Optional<Instant> oldestEnd,
        Optional<Instant> newestEnd,
        long hookDueTasks,
        List<String> lateSubscribers,
        long bytesPerTask) {
    public ArchiveOutlook {
        lateSubscribers = List.copyOf(lateSubscribers);
    }

    /// How many tasks a plan means.
    public long tasks(boolean includeErrors) {
        return completeTasks + cancelledTasks + resolvedTasks + (includeErrors ? errorTasks : 0);
    }

    /// What the archive will take beside the live tables, whose space PostgreSQL keeps for rows to come.
    public long bytes(boolean includeErrors) {
        return tasks(includeErrors) * bytesPerTask;
    }
}
