package dev.tasker.query;

import dev.tasker.identity.TemplateKey;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.Optional;

/// All tasks of one template that are in one state, archived or not.
///
/// @param archived        how many of them are in the archive
/// @param averageDuration from creation to end; empty where they have not ended
/// @param longestDuration the same of the slowest one
public record TaskTotal(
        TemplateKey template,
        TaskState state,
        long tasks,
        long archived,
        Optional<Duration> averageDuration,
        Optional<Duration> longestDuration) {}
