package dev.tasker.query;

import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.time.Instant;

/// A task that took long.
///
/// @param state          complete or error
/// @param duration       from its creation to its end
/// @param completedSteps steps that let their children run
/// @param errorSteps     steps that ended in error
public record SlowTask(
        TaskId id,
        TemplateKey template,
        TaskState state,
        Duration duration,
        long steps,
        long completedSteps,
        long errorSteps,
        Instant createdAt,
        Instant endedAt,
        String initiator,
        String sourceSystem) {}
