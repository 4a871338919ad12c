package dev.tasker.task;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.request.TaskRequest;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A task that is ready to be stored: a checked request, bound to a registered template.
///
/// @param namedTaskId  the template as it is registered
/// @param identityHash two tasks with the same one cannot both be stored
public record NewTask(long namedTaskId, TaskRequest request, String identityHash) {
    /// Binds a request to a template.
    ///
    /// @throws InvalidRequestException BYPASS_REFUSED: a step to bypass is unknown or not skippable
    public static NewTask of(long namedTaskId, Template template, TaskRequest request) {
        for (String name : request.bypassSteps()) {
            boolean skippable =
                    template.steps().stream().anyMatch(step -> step.name().equals(name) && step.skippable());
            if (!skippable) {
                throw bypassRefused(template, name);
            }
        }
        return new NewTask(namedTaskId, request, UUID.randomUUID().toString());
    }

    /// The form that `tasker.create_tasks` takes.
    public Map<String, @Nullable Object> toJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("named_task_id", namedTaskId);
        json.put("state", "pending");
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
        return json;
    }

    private static InvalidRequestException bypassRefused(Template template, String name) {
        List<String> skippable = template.steps().stream()
                .filter(StepTemplate::skippable)
                .map(StepTemplate::name)
                .toList();
        return new InvalidRequestException(
                ErrorCode.BYPASS_REFUSED,
                "step `" + name + "` of " + template.key() + " cannot be bypassed; steps that can: "
                        + (skippable.isEmpty() ? "none" : String.join(", ", skippable)),
                Map.of("step", name, "skippable", skippable));
    }
}
