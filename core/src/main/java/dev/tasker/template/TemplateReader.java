package dev.tasker.template;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidTemplateException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.SemanticVersion;
import dev.tasker.identity.Sha256;
import dev.tasker.identity.TemplateKey;
import dev.tasker.identity.TemplateReference;
import dev.tasker.json.Json;
import dev.tasker.result.Backoff;
import dev.tasker.template.Template.TaskHandlerTemplate;
import dev.tasker.yaml.LocatedYaml;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns a document that has the right form into a [Template], checking what a schema cannot say: that names are
/// unique, that dependencies exist and that they form no cycle.
final class TemplateReader {
    private static final int TIMEOUT_SECONDS_DEFAULT = 300;
    private static final int RETRY_LIMIT_DEFAULT = 3;

    private final LocatedYaml yaml;
    private final String source;
    private final Map<String, @Nullable Object> document;

    TemplateReader(LocatedYaml yaml, String source, Map<String, @Nullable Object> document) {
        this.yaml = yaml;
        this.source = source;
        this.document = document;
    }

    Template read() {
        Map<String, StepTemplate> steps = readSteps();
        checkNamedSteps(steps.keySet());
        List<StepTemplate> ordered =
                checkedGraph(steps).topologicalOrder().stream().map(steps::get).toList();
        TemplateKey key = new TemplateKey(
                text(document, "namespace_name").orElse(TemplateReference.DEFAULT_NAMESPACE),
                text(document, "name").orElseThrow(),
                SemanticVersion.parse(text(document, "version").orElse("0.1.0")).orElseThrow());
        return new Template(
                key,
                text(document, "description").orElse(""),
                Optional.ofNullable(document.get("schema")).map(TemplateReader::object),
                text(document, "failure_policy").map(FailurePolicy::of).orElse(FailurePolicy.BEST_EFFORT),
                integer(document, "deadline_seconds"),
                text(document, "identity_strategy"),
                taskHandler(),
                ordered,
                Optional.empty(),
                document,
                Sha256.hexOf(Json.writeCanonical(document)));
    }

    private Optional<TaskHandlerTemplate> taskHandler() {
        return Optional.ofNullable(document.get("task_handler"))
                .map(TemplateReader::object)
                .map(handler -> new TaskHandlerTemplate(
                        new HandlerKey(
                                runtime(handler, "/task_handler", "the task handler"),
                                text(handler, "handler_class").orElseThrow()),
                        text(handler, "handler_file")));
    }

    private Map<String, StepTemplate> readSteps() {
        Map<String, StepTemplate> steps = new LinkedHashMap<>();
        List<?> elements = list(document.get("step_templates"));
        for (int index = 0; index < elements.size(); index++) {
            String pointer = "/step_templates/" + index;
            StepTemplate step = readStep(object(elements.get(index)), pointer);
            if (steps.putIfAbsent(step.name(), step) != null) {
                throw problem(
                        ErrorCode.TEMPLATE_DUPLICATE_STEP,
                        pointer + "/name",
                        "step `" + step.name() + "` is defined twice; give each step a name of its own");
            }
        }
        return steps;
    }

    /// A template may list the names that its steps may have: a safeguard against misspelt ones.
    private void checkNamedSteps(Set<String> names) {
        if (!document.containsKey("named_steps")) {
            return;
        }
        List<?> known = list(document.get("named_steps"));
        List<String> ordered = List.copyOf(names);
        names.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            throw problem(
                    ErrorCode.TEMPLATE_INVALID,
                    "/step_templates/" + ordered.indexOf(name) + "/name",
                    "step `" + name + "` is not listed in `named_steps`; add it there, or correct its name");
        });
    }

    private StepTemplate readStep(Map<String, @Nullable Object> step, String pointer) {
        String name = text(step, "name").orElseThrow();
        return new StepTemplate(
                name,
                text(step, "description").orElse(""),
                new HandlerKey(
                        runtime(step, pointer, "step `" + name + "`"),
                        text(step, "handler_class").orElseThrow()),
                text(step, "handler_file"),
                dependencies(step),
                Optional.ofNullable(step.get("handler_config"))
                        .map(TemplateReader::object)
                        .orElse(Map.of()),
                text(step, "dependent_system").orElse("unknown"),
                Boolean.TRUE.equals(step.get("skippable")),
                !Boolean.FALSE.equals(step.get("default_retryable")),
                integer(step, "default_retry_limit").orElse(RETRY_LIMIT_DEFAULT),
                backoff(step),
                integer(step, "timeout_seconds").orElse(TIMEOUT_SECONDS_DEFAULT),
                integer(step, "concurrency"),
                Optional.ofNullable(step.get("rate_limit"))
                        .map(limit -> object(limit).get("per_second"))
                        .map(limit -> ((Number) limit).doubleValue()),
                text(step, "delay_key"),
                list(step.getOrDefault("custom_events", List.of())));
    }

    /// Only what the template says: the rest is the configuration of the worker that runs the step.
    private static Map<String, Object> backoff(Map<String, @Nullable Object> step) {
        Map<String, Object> given = new LinkedHashMap<>();
        if (step.get("backoff") instanceof Map<?, ?> backoff) {
            Map<String, Object> complete = Backoff.fromJson(object(backoff)).toJson();
            backoff.keySet().forEach(key -> given.put(String.valueOf(key), Objects.requireNonNull(complete.get(key))));
        }
        return given;
    }

    private HandlerRuntime runtime(Map<String, @Nullable Object> handler, String pointer, String what) {
        return text(handler, "runtime")
                .or(() -> text(document, "default_runtime"))
                .flatMap(HandlerRuntime::named)
                .orElseThrow(() -> problem(
                        ErrorCode.TEMPLATE_INVALID,
                        pointer,
                        what + " names no runtime; set its `runtime` or the template's"
                                + " `default_runtime` to java, javascript, python or ruby"));
    }

    private static List<String> dependencies(Map<String, @Nullable Object> step) {
        Set<String> names = new LinkedHashSet<>();
        text(step, "depends_on_step").ifPresent(names::add);
        list(step.getOrDefault("depends_on_steps", List.of())).forEach(name -> names.add(String.valueOf(name)));
        return List.copyOf(names);
    }

    private StepGraph checkedGraph(Map<String, StepTemplate> steps) {
        Map<String, List<String>> parents = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(steps.keySet());
        for (StepTemplate step : steps.values()) {
            for (String parent : step.dependsOn()) {
                if (!steps.containsKey(parent)) {
                    throw problem(
                            ErrorCode.TEMPLATE_UNKNOWN_DEPENDENCY,
                            dependencyPointer(names.indexOf(step.name())),
                            "step `" + step.name() + "` depends on `" + parent
                                    + "`, which is no step of this template (" + String.join(", ", names) + ")");
                }
            }
            parents.put(step.name(), step.dependsOn());
        }
        StepGraph graph = new StepGraph(parents);
        graph.findCycle().ifPresent(cycle -> {
            throw problem(
                    ErrorCode.TEMPLATE_HAS_CYCLE,
                    dependencyPointer(names.indexOf(cycle.getFirst())),
                    "steps form a cycle: " + String.join(" → ", cycle));
        });
        return graph;
    }

    private String dependencyPointer(int index) {
        Map<String, @Nullable Object> step =
                object(list(document.get("step_templates")).get(index));
        String key = step.containsKey("depends_on_steps") ? "depends_on_steps" : "depends_on_step";
        return "/step_templates/" + index + "/" + key;
    }

    private InvalidTemplateException problem(ErrorCode code, String pointer, String reason) {
        int line = yaml.lineOf(pointer);
        return new InvalidTemplateException(
                code, source + ":" + line + ": " + reason, Map.of("file", source, "line", line, "key", pointer));
    }

    private static Optional<String> text(Map<String, @Nullable Object> map, String key) {
        return Optional.ofNullable(map.get(key)).map(Object::toString);
    }

    private static Optional<Integer> integer(Map<String, @Nullable Object> map, String key) {
        return Optional.ofNullable(map.get(key)).map(value -> ((Number) value).intValue());
    }

    // The schema has checked the form: these casts cannot fail.
    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(value);
    }

    private static List<?> list(@Nullable Object value) {
        return (List<?>) Objects.requireNonNull(value);
    }
}
