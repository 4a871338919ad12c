package dev.tasker.archive;

import java.time.Duration;

/// What one transaction has moved.
///
/// @param seen what it has looked at: those that were not moved wait for a later run
/// @param end  where the next batch goes on
public record ArchiveBatch(int seen, Moved moved, ArchivePosition end, Duration took) {
    /// Rows that are in the archive now.
    public record Moved(long tasks, long steps, long edges, long transitions, long annotations) {
        public static final Moved NOTHING = new Moved(0, 0, 0, 0, 0);

        Moved plus(Moved more) {
            return new Moved(
                    tasks + more.tasks,
                    steps + more.steps,
                    edges + more.edges,
                    transitions + more.transitions,
                    annotations + more.annotations);
        }
    }
}
