package dev.tasker.archive;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/// What is to be archived, and how gently.
///
/// @param before        tasks that ended before this time
/// @param includeErrors also those that ended in error, which nobody can retry any more then
/// @param batchTasks    the most that one transaction moves, 1 to [#BATCH_TASKS_MAX]
/// @param loadPercent   the share of the time in which a batch is at work, 1 to 100; the rest are pauses
public record ArchivePlan(Instant before, boolean includeErrors, int batchTasks, int loadPercent) {
    public static final int BATCH_TASKS_MAX = 10_000;
    /// Rows are locked for some tenths of a second, and an operator who wants one of them waits no longer.
    public static final int BATCH_TASKS_DEFAULT = 500;
    /// A batch keeps one processor busy: four fifths of the time are left to the engines.
    public static final int LOAD_PERCENT_DEFAULT = 20;

    private static final int PERCENT = 100;

    /// Checks the numbers.
    ///
    /// @throws InvalidRequestException ARCHIVE_PLAN_INVALID
    public ArchivePlan {
        if (batchTasks < 1 || batchTasks > BATCH_TASKS_MAX) {
            throw invalid("a batch has 1 to " + BATCH_TASKS_MAX + " tasks, not " + batchTasks, "batch");
        }
        if (loadPercent < 1 || loadPercent > PERCENT) {
            throw invalid("the load is 1 to 100 percent, not " + loadPercent, "load");
        }
    }

    /// A plan for tasks that ended more than `retention` ago, without those in error.
    ///
    /// @param now the time of the database
    /// @throws InvalidRequestException RETENTION_INVALID: the retention is not positive, or longer than time is
    public static ArchivePlan olderThan(Duration retention, Instant now) {
        if (!retention.isPositive()) {
            throw new InvalidRequestException(
                    ErrorCode.RETENTION_INVALID,
                    "tasks are kept for a time before they are archived, for example 90 days; not " + retention,
                    Map.of("retention", retention.toString()));
        }
        try {
            return endedBefore(now.minus(retention), now);
        } catch (ArithmeticException | java.time.DateTimeException problem) {
            throw new InvalidRequestException(
                    ErrorCode.RETENTION_INVALID,
                    "a retention of " + retention + " is longer than time is recorded",
                    Map.of("retention", retention.toString()),
                    problem);
        }
    }

    /// A plan for tasks that ended before a time, without those in error.
    ///
    /// @param now the time of the database
    /// @throws InvalidRequestException RETENTION_INVALID: the time is not in the past
    public static ArchivePlan endedBefore(Instant before, Instant now) {
        if (!before.isBefore(now)) {
            throw new InvalidRequestException(
                    ErrorCode.RETENTION_INVALID,
                    "the retention date " + before + " is not in the past; the database's time is " + now
                            + ". Only tasks that have ended can be archived",
                    Map.of("before", before.toString(), "now", now.toString()));
        }
        return new ArchivePlan(before, false, BATCH_TASKS_DEFAULT, LOAD_PERCENT_DEFAULT);
    }

    public ArchivePlan withErrors(boolean include) {
        return new ArchivePlan(before, include, batchTasks, loadPercent);
    }

    public ArchivePlan withBatchTasks(int tasks) {
        return new ArchivePlan(before, includeErrors, tasks, loadPercent);
    }

    public ArchivePlan withLoadPercent(int percent) {
        return new ArchivePlan(before, includeErrors, batchTasks, percent);
    }

    /// How long to rest after a batch that took so long.
    Duration pauseAfter(Duration batch) {
        return batch.multipliedBy(PERCENT - loadPercent).dividedBy(loadPercent);
    }

    private static InvalidRequestException invalid(String message, String field) {
        return new InvalidRequestException(ErrorCode.ARCHIVE_PLAN_INVALID, message, Map.of("field", field));
    }
}
