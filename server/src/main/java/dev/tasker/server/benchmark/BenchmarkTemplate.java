package dev.tasker.server.benchmark;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.json.Json;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The templates of workloads. All are in the namespace `benchmark`.
public final class BenchmarkTemplate {
    public static final String NAMESPACE = "benchmark";

    /// The handler class of a step in Java.
    public static final String HANDLER = "benchmark.NoOp";

    private BenchmarkTemplate() {}

    /// The template of a workload in Java.
    public static Template of(Workload workload) {
        List<Map<String, Object>> handlers = new ArrayList<>();
        for (HandlerRuntime runtime : workload.runtimes()) {
            if (runtime != HandlerRuntime.JAVA) {
                throw new IllegalArgumentException(workload + " has steps in " + runtime.key());
            }
            handlers.add(javaHandler());
        }
        return of(workload.name().toLowerCase(Locale.ROOT), workload.shape(), handlers);
    }

    /// A template of any shape in Java.
    public static Template of(WorkflowShape shape) {
        return of(
                shape.name(),
                shape,
                shape.parents().stream().map(_ -> javaHandler()).toList());
    }

    /// A template of any shape.
    ///
    /// @param handlers the keys of each step that tell its handler: `runtime`, `handler_class`, `handler_file`
    public static Template of(String name, WorkflowShape shape, List<Map<String, Object>> handlers) {
        List<Map<String, Object>> steps = new ArrayList<>();
        for (int step = 0; step < shape.size(); step++) {
            Map<String, Object> keys = new LinkedHashMap<>();
            keys.put("name", WorkflowShape.stepName(step));
            keys.putAll(handlers.get(step));
            keys.put(
                    "depends_on_steps",
                    shape.parents().get(step).stream()
                            .map(WorkflowShape::stepName)
                            .toList());
            // A failed attempt is repeated at once, as by the systems beside.
            keys.put("backoff", Map.of("strategy", "none"));
            steps.add(keys);
        }
        // JSON is YAML.
        String text = Json.write(
                Map.of("name", name, "namespace_name", NAMESPACE, "version", "1.0.0", "step_templates", steps));
        return new TemplateParser().parse(text, "the benchmark's template " + name);
    }

    /// The keys of a step whose handler does nothing, in Java.
    public static Map<String, Object> javaHandler() {
        return Map.of("runtime", HandlerRuntime.JAVA.key(), "handler_class", HANDLER);
    }
}
