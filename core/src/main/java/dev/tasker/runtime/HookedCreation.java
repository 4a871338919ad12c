package dev.tasker.runtime;

import dev.tasker.execution.TaskHook;
import dev.tasker.json.JsonShape;
import dev.tasker.request.ContextSchema;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.AdjustedSteps;
import dev.tasker.task.StepAdjustments;
import dev.tasker.template.Template;
import dev.tasker.template.Template.TaskHandlerTemplate;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Has the task handlers of an engine check and adjust what it is about to store.
final class HookedCreation implements CreationHooks {
    private final TaskHooks hooks;
    private final int contextBytesMax;
    /// By the content of the template: a schema is asked for once.
    private final Map<String, Optional<ContextSchema>> schemas = new ConcurrentHashMap<>();

    HookedCreation(TaskHooks hooks, int contextBytesMax) {
        this.hooks = hooks;
        this.contextBytesMax = contextBytesMax;
    }

    @Override
    public void check(Template template, TaskRequest request) {
        template.taskHandler()
                .flatMap(handler -> schema(template, handler))
                .ifPresent(schema -> schema.check(request.context(), template.key() + " (by its task handler)"));
    }

    @Override
    public StepAdjustments adjust(Template template, TaskRequest request) {
        return template.taskHandler()
                .map(handler -> adjust(template, handler, request))
                .orElse(StepAdjustments.NONE);
    }

    private Optional<ContextSchema> schema(Template template, TaskHandlerTemplate handler) {
        Optional<ContextSchema> known = schemas.get(template.contentHash());
        if (known == null) {
            Map<String, @Nullable Object> input = Map.of("task", TaskHooks.subject(template, Map.of()));
            Object answer = hooks.call(template, handler.key(), TaskHook.SCHEMA, input);
            known = compiled(template, answer);
            schemas.put(template.contentHash(), known);
        }
        return known;
    }

    private static Optional<ContextSchema> compiled(Template template, @Nullable Object answer) {
        if (answer == null) {
            return Optional.empty();
        }
        try {
            JsonShape.defectIn(answer, "schema").ifPresent(defect -> {
                throw new IllegalArgumentException("it is no JSON: " + defect);
            });
            Map<String, @Nullable Object> schema = new LinkedHashMap<>();
            ((Map<?, ?>) answer).forEach((key, value) -> schema.put(String.valueOf(key), value));
            return Optional.of(new ContextSchema(schema));
        } catch (RuntimeException problem) {
            // A class cast too: it gave something else than a JSON object.
            throw TaskHooks.refused(template, TaskHook.SCHEMA, problem);
        }
    }

    private StepAdjustments adjust(Template template, TaskHandlerTemplate handler, TaskRequest request) {
        TaskHook hook = TaskHook.ESTABLISH_STEP_DEPENDENCIES_AND_DEFAULTS;
        AdjustedSteps steps = new AdjustedSteps(template, request.context(), contextBytesMax);
        Map<String, @Nullable Object> input = new LinkedHashMap<>();
        input.put("task", subject(template, request));
        input.put("steps", steps.toJson());
        Object answer = hooks.call(template, handler.key(), hook, input);
        try {
            return steps.read(answer);
        } catch (IllegalArgumentException problem) {
            throw TaskHooks.refused(template, hook, problem);
        }
    }

    private static Map<String, @Nullable Object> subject(Template template, TaskRequest request) {
        Map<String, @Nullable Object> json = TaskHooks.subject(template, request.context());
        json.put("state", (request.draft() ? TaskState.DRAFT : TaskState.PENDING).key());
        json.put("initiator", request.initiator());
        json.put("source_system", request.sourceSystem());
        json.put("reason", request.reason());
        json.put("tags", List.copyOf(request.tags()));
        json.put("correlation_id", request.correlationId().orElse(null));
        json.put("requested_at", request.requestedAt().map(Instant::toString).orElse(null));
        return json;
    }
}
