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

    /// The form that `tasker.create_tasks` takes: what is as usual is left out.
    public Map<String, @Nullable Object> toJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("named_task_id", template.namedTaskId());
        json.put("context", request.context());
        json.put("identity_hash", identityHash);
        if (request.draft()) {
            json.put("state", TaskState.DRAFT.key());
        }
        if (request.priority() != 0) {
            json.put("priority", request.priority());
        }
        json.put("initiator", request.initiator());
        json.put("source_system", request.sourceSystem());
        json.put("reason", request.reason());
        if (!request.tags().isEmpty()) {
            json.put("tags", request.tags());
        }
        if (!request.bypassSteps().isEmpty()) {
            json.put("bypass_steps", List.copyOf(request.bypassSteps()));
        }
        request.correlationId().ifPresent(id -> json.put("correlation_id", id));
        request.parentCorrelationId().ifPresent(id -> json.put("parent_correlation_id", id));
        request.enqueuer().ifPresent(queue -> json.put("enqueuer", queue));
        request.requestedAt().ifPresent(time -> json.put("requested_at", time.toString()));
        request.startAt().ifPresent(time -> json.put("start_at", time.toString()));
        request.delay().ifPresent(delay -> json.put("delay_seconds", seconds(delay)));
        deadline().ifPresent(deadline -> json.put("deadline_seconds", seconds(deadline)));
        if (!request.annotations().isEmpty()) {
            json.put(
                    "annotations",
                    request.annotations().stream().map(NewTask::annotation).toList());
        }
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
