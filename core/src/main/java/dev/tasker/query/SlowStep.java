package dev.tasker.query;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A completed step that took long.
///
/// @param duration  from its creation to its completion: waiting for parents and for retries is in it
/// @param execution of the attempt that completed it; empty where none is known
public record SlowStep(
        StepId id,
        TaskId task,
        String name,
        TemplateKey template,
        Duration duration,
        Optional<Duration> execution,
        int attempts,
        boolean retryable,
        Instant createdAt,
        Instant completedAt) {}
