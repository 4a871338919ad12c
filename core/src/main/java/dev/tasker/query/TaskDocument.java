package dev.tasker.query;

import dev.tasker.readiness.TaskExecutionContext;
import dev.tasker.readiness.WorkflowSummary;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.AnnotationSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.task.TaskSnapshot.Summary;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tasks as JSON objects. Fields are only ever added.
public final class TaskDocument {
    private TaskDocument() {}

    /// A task with its steps and, in the order of events, its transitions.
    public static Map<String, @Nullable Object> of(TaskSnapshot task) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("task_id", task.summary().id().value());
        json.put("namespace", task.summary().namespace());
        json.put("name", task.summary().name());
        json.put("version", task.summary().version());
        json.put("state", task.summary().state().key());
        json.put("priority", task.details().priority());
        json.put("start_at", text(task.details().startAt()));
        json.put("deadline_at", text(task.details().deadlineAt()));
        json.put("enqueuer", task.details().enqueuer().orElse(null));
        json.put("correlation_id", task.details().correlationId());
        json.put("parent_correlation_id", task.details().parentCorrelationId().orElse(null));
        json.put(
                "annotations",
                task.details().annotations().stream()
                        .map(TaskDocument::annotation)
                        .toList());
        json.put("archived_at", text(task.summary().archivedAt()));
        json.put("context", task.context());
        json.put("steps", task.steps().stream().map(TaskDocument::step).toList());
        json.put(
                "transitions",
                task.transitions().stream().map(TaskDocument::transition).toList());
        return json;
    }

    /// The same, with where the task stands.
    public static Map<String, @Nullable Object> of(TaskSnapshot task, WorkflowSummary summary) {
        Map<String, @Nullable Object> json = of(task);
        json.put("execution_context", executionContext(summary.context()));
        json.put("workflow_summary", summary.toJson());
        return json;
    }

    /// A task without its parts, as a list shows it.
    public static Map<String, @Nullable Object> summary(Summary task) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("task_id", task.id().value());
        json.put("namespace", task.namespace());
        json.put("name", task.name());
        json.put("version", task.version());
        json.put("state", task.state().key());
        json.put("initiator", task.initiator());
        json.put("source_system", task.sourceSystem());
        json.put("reason", task.reason());
        json.put("tags", task.tags());
        json.put("requested_at", task.requestedAt().toString());
        json.put("started_at", task.startedAt().map(Object::toString).orElse(null));
        json.put("ended_at", task.endedAt().map(Object::toString).orElse(null));
        json.put("archived_at", text(task.archivedAt()));
        return json;
    }

    private static @Nullable String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }

    private static Map<String, @Nullable Object> annotation(AnnotationSnapshot annotation) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", annotation.id());
        json.put("type", annotation.annotation().type());
        json.put("value", annotation.annotation().value());
        json.put("at", annotation.at().toString());
        return json;
    }

    /// The language of a step, from its handler key.
    public static String runtime(StepSnapshot step) {
        return step.handlerKey().substring(0, step.handlerKey().indexOf(':'));
    }

    private static Map<String, @Nullable Object> executionContext(TaskExecutionContext context) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("execution_status", context.executionStatus());
        json.put("recommended_action", context.recommendedAction());
        json.put("completion_percentage", context.completionPercentage());
        json.put("health_status", context.healthStatus());
        json.put("total_steps", context.totalSteps());
        json.put("pending_steps", context.pendingSteps());
        json.put("in_progress_steps", context.inProgressSteps());
        json.put("completed_steps", context.completedSteps());
        json.put("failed_steps", context.failedSteps());
        json.put("ready_steps", context.readySteps());
        json.put("next_action", context.nextActionDetails().toJson());
        return json;
    }

    private static Map<String, @Nullable Object> step(StepSnapshot step) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("workflow_step_id", step.id().value());
        json.put("name", step.name());
        json.put("runtime", runtime(step));
        json.put("state", step.state().key());
        json.put("attempts", step.attempts());
        json.put("retry_limit", step.retryLimit());
        json.put("depends_on", step.dependsOn());
        json.put("results", step.results());
        json.put("error", step.error());
        return json;
    }

    private static Map<String, @Nullable Object> transition(TransitionSnapshot transition) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", transition.id());
        json.put("step", transition.stepName().orElse(null));
        json.put("from_state", transition.fromState());
        json.put("to_state", transition.toState());
        json.put("at", transition.at().toString());
        json.put("metadata", transition.metadata());
        return json;
    }
}
