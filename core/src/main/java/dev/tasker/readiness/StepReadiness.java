package dev.tasker.readiness;

import dev.tasker.identity.StepId;
import dev.tasker.transition.StepState;
import java.time.Instant;
import java.util.Optional;

/// Whether one step may run, and what holds it back.
///
/// @param retryEligible     as far as its attempts go it may still run, now or later
/// @param readyForExecution it may be claimed at this moment
/// @param nextRetryAt       while it waits for its next attempt
public record StepReadiness(
        StepId id,
        String name,
        StepState state,
        boolean dependenciesSatisfied,
        boolean retryEligible,
        boolean readyForExecution,
        Optional<Instant> nextRetryAt,
        int totalParents,
        int completedParents,
        int attempts,
        int retryLimit) {}
