package dev.tasker.task;

import dev.tasker.request.Annotation;
import dev.tasker.request.TaskRequest;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A task that is ready to be stored: a checked request, bound to a registered template.
///
/// @param identityHash two tasks with the same one cannot both be stored
/// @param adjustments  what the task handler of the template has changed
public record NewTask(
        RegisteredTemplate template, TaskRequest request, String identityHash, StepAdjustments adjustments) {
    private static final double MILLIS_PER_SECOND = 1_000;

    /// The form that `tasker.create_tasks` takes.
    public Map<String, @Nullable Object> toJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("named_task_id", template.namedTaskId());
        json.put("state", (request.draft() ? TaskState.DRAFT : TaskState.PENDING).key());
        json.put("priority", request.priority());
        json.put("context", request.context());
        json.put("identity_hash", identityHash);
        json.put("initiator", request.initiator());
        json.put("source_system", request.sourceSystem());
        json.put("reason", request.reason());
        json.put("tags", request.tags());
        json.put("bypass_steps", List.copyOf(request.bypassSteps()));
        json.put("correlation_id", request.correlationId().orElse(identityHash));
        json.put("parent_correlation_id", request.parentCorrelationId().orElse(null));
        json.put("enqueuer", request.enqueuer().orElse(null));
        json.put("requested_at", request.requestedAt().map(Object::toString).orElse(null));
        json.put("start_at", request.startAt().map(Object::toString).orElse(null));
        json.put("delay_seconds", request.delay().map(NewTask::seconds).orElse(null));
        json.put("deadline_seconds", deadline().map(NewTask::seconds).orElse(null));
        json.put(
                "annotations",
                request.annotations().stream().map(NewTask::annotation).toList());
        template.template()
                .taskHandler()
                .ifPresent(handler -> json.put("task_handler_key", handler.key().toString()));
        adjustments.addTo(json);
        return json;
    }

    private Optional<Duration> deadline() {
        return request.deadline().or(() -> template.template().deadlineSeconds().map(Duration::ofSeconds));
    }

    private static double seconds(Duration time) {
        return time.toMillis() / MILLIS_PER_SECOND;
    }

    private static Map<String, @Nullable Object> annotation(Annotation annotation) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("type", annotation.type());
        json.put("value", annotation.value());
        return json;
    }
}
