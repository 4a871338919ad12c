package dev.tasker.store;

import dev.tasker.archive.ArchiveBatch;
import dev.tasker.archive.ArchiveBatch.Moved;
import dev.tasker.archive.ArchiveBatches;
import dev.tasker.archive.ArchiveOutlook;
import dev.tasker.archive.ArchivePlan;
import dev.tasker.archive.ArchivePosition;
import dev.tasker.archive.ArchivePosition.Last;
import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.ArchiveOutlookRecord;
import dev.tasker.db.generated.tables.records.ArchiveTasksRecord;
import dev.tasker.identity.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The archive: one call moves one batch, in one transaction. Safe from any thread.
public final class ArchiveStore implements ArchiveBatches {
    /// Before all that can have ended: no time and no id of a task is lower.
    private static final Last BEFORE_ALL = new Last(Instant.EPOCH, new TaskId(1));

    private final Database database;

    public ArchiveStore(Database database) {
        this.database = database;
    }

    @Override
    public Instant now() {
        return database.call(dsl -> dsl.select(Routines.now()).fetchSingle().value1());
    }

    @Override
    public ArchiveOutlook outlook(Instant before) {
        return database.call(dsl ->
                outlook(Tables.ARCHIVE_OUTLOOK(dsl.configuration(), before).getFirst()));
    }

    @Override
    public ArchiveBatch move(ArchivePlan plan, ArchivePosition after) {
        long start = System.nanoTime();
        Last last = after.last().orElse(BEFORE_ALL);
        ArchiveTasksRecord row = database.call(dsl -> Tables.ARCHIVE_TASKS(
                        dsl.configuration(),
                        plan.before(),
                        plan.batchTasks(),
                        plan.includeErrors(),
                        last.endedAt(),
                        last.task().value()))
                .getFirst();
        return new ArchiveBatch(
                row.getSeenTasks(),
                new Moved(row.getTasks(), row.getSteps(), row.getEdges(), row.getTransitions(), row.getAnnotations()),
                new ArchivePosition(Optional.ofNullable(row.getLastEndedAt())
                        .map(end -> new Last(end, new TaskId(row.getLastTaskId())))),
                Duration.ofNanos(System.nanoTime() - start));
    }

    @Override
    public List<String> tendPartitions(Instant before) {
        return database.call(dsl -> {
            Routines.ensureTransitionPartitions(dsl.configuration(), WorkerStore.PARTITION_MONTHS_AHEAD);
            return Arrays.asList(Routines.dropEmptyTransitionPartitions(dsl.configuration(), before));
        });
    }

    private static ArchiveOutlook outlook(ArchiveOutlookRecord row) {
        return new ArchiveOutlook(
                row.getCompleteTasks(),
                row.getCancelledTasks(),
                row.getResolvedTasks(),
                row.getErrorTasks(),
                Optional.ofNullable(row.getOldestEndedAt()),
                Optional.ofNullable(row.getNewestEndedAt()),
                row.getHookDueTasks(),
                Arrays.asList(row.getLateSubscribers()),
                row.getBytesPerTask());
    }
}
