package dev.tasker.execution;

import dev.tasker.error.PermanentError;
import dev.tasker.identity.TaskId;
import dev.tasker.request.Annotation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Base class of a template's `task_handler`: hooks that are called when a task is made and after it has ended.
///
/// Every hook has a default that does nothing. A host runs a hook as an attempt of a step that bears its name, so a
/// task handler runs wherever step handlers of its language run, with their limits; a hook has 30 s.
public abstract class TaskHandler extends StepHandler {
    protected TaskHandler() {}

    /// JSON Schema that the context must fit, beside the template's own.
    protected Optional<Map<String, @Nullable Object>> schema() {
        return Optional.empty();
    }

    /// Adjusts the steps of a task that is about to be stored. Called by the process that makes the task, before
    /// anything is stored; an exception refuses the task.
    protected void establishStepDependenciesAndDefaults(Subject task, List<StepDefaults> steps) throws Exception {}

    /// What to store beside a task that is complete or in error. Called by any process that has loaded this
    /// handler, at least once; its answer is stored once.
    ///
    /// @param sequence results of every step of the task
    protected List<Annotation> updateAnnotations(Subject task, Sequence sequence, List<StepOutcome> steps)
            throws Exception {
        return List.of();
    }

    /// The task of a hook.
    ///
    /// @param taskId empty while it is not stored
    /// @param state  `pending` or `draft` before it is stored
    public record Subject(
            Optional<TaskId> taskId,
            String namespace,
            String name,
            String version,
            String state,
            Map<String, @Nullable Object> context,
            String initiator,
            String sourceSystem,
            String reason,
            List<String> tags) {}

    /// How a step of an ended task stands.
    public record StepOutcome(
            String name,
            String state,
            int attempts,
            @Nullable Object results) {}

    /// Calls the hook that the step names.
    @Override
    public final @Nullable Object process(Task task, Sequence sequence, Step step) throws Exception {
        Map<String, @Nullable Object> input = task.context();
        Subject subject = subject(object(input.get("task")));
        return switch (hook(step.name())) {
            case SCHEMA -> schema().orElse(null);
            case ESTABLISH_STEP_DEPENDENCIES_AND_DEFAULTS -> {
                List<StepDefaults> steps = defaults(input);
                establishStepDependenciesAndDefaults(subject, steps);
                yield steps.stream().map(StepDefaults::toJson).toList();
            }
            case UPDATE_ANNOTATIONS -> {
                List<StepOutcome> steps = outcomes(input);
                yield updateAnnotations(subject, sequenceOf(steps), steps).stream()
                        .map(TaskHandler::json)
                        .toList();
            }
        };
    }

    private TaskHook hook(String name) {
        for (TaskHook hook : TaskHook.values()) {
            if (hook.key().equals(name)) {
                return hook;
            }
        }
        throw new PermanentError(getClass().getName() + " knows no hook `" + name + "`", "HOOK_UNKNOWN", Map.of());
    }

    private static Subject subject(Map<String, @Nullable Object> json) {
        return new Subject(
                Optional.ofNullable(json.get("task_id")).map(id -> new TaskId(Long.parseLong(id.toString()))),
                text(json, "namespace"),
                text(json, "name"),
                text(json, "version"),
                text(json, "state"),
                object(json.get("context")),
                text(json, "initiator"),
                text(json, "source_system"),
                text(json, "reason"),
                list(json.get("tags")).stream().map(String::valueOf).toList());
    }

    private static List<StepDefaults> defaults(Map<String, @Nullable Object> input) {
        List<StepDefaults> steps = new ArrayList<>();
        for (Object element : list(input.get("steps"))) {
            Map<String, @Nullable Object> json = object(element);
            steps.add(new StepDefaults(
                    text(json, "name"),
                    list(json.get("depends_on")).stream().map(String::valueOf).toList(),
                    Boolean.TRUE.equals(json.get("retryable")),
                    number(json, "retry_limit"),
                    object(json.get("inputs"))));
        }
        return steps;
    }

    private static List<StepOutcome> outcomes(Map<String, @Nullable Object> input) {
        List<StepOutcome> steps = new ArrayList<>();
        for (Object element : list(input.get("steps"))) {
            Map<String, @Nullable Object> json = object(element);
            steps.add(new StepOutcome(
                    text(json, "name"), text(json, "state"), number(json, "attempts"), json.get("results")));
        }
        return steps;
    }

    private static Sequence sequenceOf(List<StepOutcome> steps) {
        Map<String, Sequence.Ancestor> found = new LinkedHashMap<>();
        steps.forEach(step -> found.put(step.name(), new Sequence.Ancestor(step.name(), step.state(), step.results())));
        return new ClaimSequence(TaskHook.UPDATE_ANNOTATIONS.key(), found, () -> found);
    }

    private static Map<String, @Nullable Object> json(Annotation annotation) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("type", annotation.type());
        json.put("annotation", annotation.value());
        return json;
    }

    private static String text(Map<String, @Nullable Object> json, String key) {
        return String.valueOf(json.get(key));
    }

    private static int number(Map<String, @Nullable Object> json, String key) {
        return ((Number) Objects.requireNonNull(json.get(key))).intValue();
    }

    // The engine made the input.
    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(value);
    }

    private static List<?> list(@Nullable Object value) {
        return (List<?>) Objects.requireNonNull(value);
    }
}
