package dev.tasker.testing.simulation;

import dev.tasker.json.Json;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Small random graphs. A number gives the same template on every machine.
final class RandomTemplates {
    /// How many different ones there are; each is registered once.
    static final int VARIANTS = 128;

    private static final int STEPS_MAX = 6;
    private static final int CLASSES = 3;
    private static final int TIMEOUT_SECONDS = 20;
    private static final List<String> STRATEGIES = List.of("none", "fixed", "linear", "exponential");

    private final TemplateParser parser = new TemplateParser();

    Template variant(int number) {
        SplittableRandom random = new SplittableRandom(number);
        int steps = 1 + random.nextInt(STEPS_MAX);
        List<Map<String, Object>> list = new ArrayList<>();
        for (int index = 0; index < steps; index++) {
            list.add(step(random, index, steps));
        }
        Map<String, Object> template = new LinkedHashMap<>();
        template.put("name", "simulated_" + number);
        template.put("failure_policy", random.nextInt(4) == 0 ? "fail_fast" : "best_effort");
        template.put("step_templates", list);
        // JSON is YAML, too.
        return parser.parse(Json.write(template), "variant " + number);
    }

    private static Map<String, Object> step(SplittableRandom random, int index, int steps) {
        List<String> parents = new ArrayList<>();
        for (int parent = 0; parent < index; parent++) {
            if (random.nextInt(steps) < 2) {
                parents.add("s" + parent);
            }
        }
        Map<String, Object> backoff = new LinkedHashMap<>();
        backoff.put("strategy", STRATEGIES.get(random.nextInt(STRATEGIES.size())));
        backoff.put("base_seconds", 1 + random.nextInt(3));
        Map<String, Object> step = new LinkedHashMap<>();
        step.put("name", "s" + index);
        step.put("runtime", random.nextInt(3) == 0 ? "ruby" : "java");
        step.put("handler_class", "H" + random.nextInt(CLASSES));
        step.put("depends_on_steps", parents);
        step.put("default_retry_limit", random.nextInt(5));
        step.put("default_retryable", random.nextInt(6) > 0);
        step.put("skippable", random.nextInt(6) == 0);
        step.put("timeout_seconds", TIMEOUT_SECONDS);
        step.put("backoff", backoff);
        return step;
    }

    /// One line per step, for the log.
    static String describe(Template template) {
        StringBuilder text = new StringBuilder(template.failurePolicy().key());
        for (StepTemplate step : template.steps()) {
            text.append("; ")
                    .append(step.name())
                    .append(step.dependsOn().isEmpty() ? "" : " <- " + String.join(" ", step.dependsOn()))
                    .append(" (")
                    .append(step.handlerKey())
                    .append(step.retryable() ? ", " + step.retryLimit() + " attempts)" : ", not retryable)");
        }
        return text.toString();
    }
}
