package dev.tasker.query;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.StepState;
import java.time.Instant;
import java.util.Optional;

/// A step without its results.
///
/// @param endedAt when it reached a state that lets its children run
public record StepSummary(
        StepId id,
        TaskId task,
        String name,
        HandlerKey handler,
        StepState state,
        int attempts,
        int retryLimit,
        Optional<Instant> nextRetryAt,
        Optional<Instant> lastAttemptedAt,
        Optional<Instant> lastFailureAt,
        Optional<Instant> endedAt) {}
