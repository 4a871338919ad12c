package dev.tasker.archive;

import dev.tasker.identity.TaskId;
import java.time.Instant;
import java.util.Optional;

/// How far a run has looked: tasks come in the order of their ends, then of their ids.
///
/// @param last empty: nothing was looked at yet
public record ArchivePosition(Optional<Last> last) {
    public static final ArchivePosition START = new ArchivePosition(Optional.empty());

    /// The last task that was looked at.
    public record Last(Instant endedAt, TaskId task) {}
}
