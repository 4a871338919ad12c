package dev.tasker.archive;

import dev.tasker.archive.ArchiveBatch.Moved;
import java.time.Duration;
import java.util.List;

/// What a run has done so far, or altogether.
///
/// @param left              tasks that it has looked at and that stay for a later run
/// @param working           the time in batches, without the pauses
/// @param droppedPartitions months of transitions that were empty and are gone; known at the end
public record ArchiveResult(Moved moved, long left, int batches, Duration working, List<String> droppedPartitions) {
    static final ArchiveResult NOTHING = new ArchiveResult(Moved.NOTHING, 0, 0, Duration.ZERO, List.of());

    public ArchiveResult {
        droppedPartitions = List.copyOf(droppedPartitions);
    }

    ArchiveResult plus(ArchiveBatch batch) {
        return new ArchiveResult(
                moved.plus(batch.moved()),
                left + batch.seen() - batch.moved().tasks(),
                batches + 1,
                working.plus(batch.took()),
                droppedPartitions);
    }

    ArchiveResult withDroppedPartitions(List<String> names) {
        return new ArchiveResult(moved, left, batches, working, names);
    }
}
