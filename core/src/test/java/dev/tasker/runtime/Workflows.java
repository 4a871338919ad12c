package dev.tasker.runtime;

import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Templates and handlers for tests.
public final class Workflows {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private Workflows() {}

    /// A template with a name of its own; each line is `step`, or `step <- parent parent`, then optional YAML keys
    /// after `|`.
    public static Template template(String... lines) {
        return template(Map.of(), lines);
    }

    /// The same with keys of the task.
    public static Template template(Map<String, String> taskKeys, String... lines) {
        StringBuilder yaml =
                new StringBuilder("name: workflow_" + NAMES.incrementAndGet() + "\ndefault_runtime: java\n");
        taskKeys.forEach(
                (key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
        yaml.append("step_templates:\n");
        for (String line : lines) {
            String[] parts = line.split("\\|", 2);
            String[] names = parts[0].split("<-", -1);
            String name = names[0].strip();
            yaml.append("  - name: ").append(name).append('\n');
            if (parts.length < 2 || !parts[1].contains("handler_class")) {
                yaml.append("    handler_class: ").append(name).append('\n');
            }
            if (names.length > 1) {
                yaml.append("    depends_on_steps: [")
                        .append(String.join(", ", names[1].strip().split("\\s+", -1)))
                        .append("]\n");
            }
            if (parts.length > 1) {
                for (String key : parts[1].split(";", -1)) {
                    yaml.append("    ").append(key.strip()).append('\n');
                }
            }
        }
        return new TemplateParser().parse(yaml.toString(), "test");
    }

    /// A handler made of a function.
    public static Function<Map<String, @Nullable Object>, StepHandler> handler(Body body) {
        return config -> new StepHandler(config) {
            @Override
            public @Nullable Object process(Task task, Sequence sequence, Step step) throws Exception {
                return body.run(task, sequence, step);
            }
        };
    }

    /// What a handler does.
    @FunctionalInterface
    public interface Body {
        @Nullable
        Object run(Task task, Sequence sequence, Step step) throws Exception;
    }
}
