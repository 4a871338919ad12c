package dev.tasker.query;

import java.time.Instant;
import java.util.Optional;

/// The steps of one task in numbers.
///
/// @param completed        complete or resolved by hand
/// @param failed           in error
/// @param pending          all others
/// @param latestCompletion when the last of the completed steps was completed
public record StepStatistics(int total, int completed, int failed, int pending, Optional<Instant> latestCompletion) {
    /// Whether there are steps and all are completed.
    public boolean allComplete() {
        return total > 0 && completed == total;
    }
}
