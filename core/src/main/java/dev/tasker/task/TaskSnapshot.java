package dev.tasker.task;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.request.Annotation;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A task with its steps and its audit trail, as it was stored at one moment.
///
/// @param steps       in topological order
/// @param transitions in the order of events
public record TaskSnapshot(
        Summary summary,
        Details details,
        Map<String, @Nullable Object> context,
        List<StepSnapshot> steps,
        List<TransitionSnapshot> transitions) {
    /// A task without its parts.
    ///
    /// @param archivedAt when it was moved to the archive; empty: it was not
    public record Summary(
            TaskId id,
            String namespace,
            String name,
            String version,
            TaskState state,
            String initiator,
            String sourceSystem,
            String reason,
            List<String> tags,
            Instant requestedAt,
            Optional<Instant> startedAt,
            Optional<Instant> endedAt,
            Optional<Instant> archivedAt) {}

    /// What only the task itself shows, and no list of tasks.
    ///
    /// @param startAt     nothing runs before
    /// @param enqueuer    the queue that runs it; empty: the scheduler
    /// @param annotations oldest first
    public record Details(
            int priority,
            Optional<Instant> startAt,
            Optional<Instant> deadlineAt,
            Optional<String> enqueuer,
            String correlationId,
            Optional<String> parentCorrelationId,
            List<AnnotationSnapshot> annotations) {}

    /// A note on the task.
    public record AnnotationSnapshot(long id, Annotation annotation, Instant at) {}

    /// One step. `error` has the form of [dev.tasker.result.StepError#toJson].
    public record StepSnapshot(
            StepId id,
            String name,
            String handlerKey,
            StepState state,
            int attempts,
            int retryLimit,
            List<String> dependsOn,
            Optional<Instant> nextRetryAt,
            Optional<Instant> lastAttemptedAt,
            Optional<Instant> endedAt,
            @Nullable Object results,
            @Nullable Object error) {}

    /// One change of state. `stepName` is empty for the task's own.
    public record TransitionSnapshot(
            long id,
            Optional<String> stepName,
            String fromState,
            String toState,
            Instant at,
            Map<String, @Nullable Object> metadata) {}
}
