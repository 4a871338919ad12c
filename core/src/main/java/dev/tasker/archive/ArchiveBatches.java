package dev.tasker.archive;

import java.time.Instant;
import java.util.List;

/// Moves tasks to the archive. Safe from any thread and from many processes at once; every call is one
/// transaction, and after a failure nothing of it has happened.
public interface ArchiveBatches {
    /// The time of the database.
    Instant now();

    /// What a run with this retention date would find. Changes nothing.
    ArchiveOutlook outlook(Instant before);

    /// Moves one batch.
    ///
    /// @throws dev.tasker.error.ContentRefusedException CONTENT_REFUSED: the retention date is in the future
    ArchiveBatch move(ArchivePlan plan, ArchivePosition after);

    /// Drops the months of transitions before this time that are empty, and makes those to come.
    ///
    /// @return the names of the tables that are gone
    List<String> tendPartitions(Instant before);
}
