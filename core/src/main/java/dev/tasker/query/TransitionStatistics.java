package dev.tasker.query;

import dev.tasker.query.TransitionQuery.Subject;
import java.time.Duration;
import java.util.Optional;

/// How often tasks or steps came into one state.
///
/// @param averageSincePrevious how long they were in the state before, on average; empty when nothing is known of it
public record TransitionStatistics(
        Subject subject, String toState, long transitions, Optional<Duration> averageSincePrevious) {}
