package dev.tasker.finalization;

import dev.tasker.transition.TaskState;
import java.time.Instant;

/// How far a task was when it was looked at.
///
/// @param at        by the clock of the database
/// @param state     before the verdict
/// @param startedAt first claim, or else its creation
/// @param completed steps that are complete, skipped or resolved
public record TaskOutlook(
        Instant at,
        TaskState state,
        Instant startedAt,
        int total,
        int completed,
        int failed,
        int inProgress,
        int pending) {}
