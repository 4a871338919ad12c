package dev.tasker.task;

import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import dev.tasker.task.StepAdjustments.Adjustment;
import dev.tasker.template.StepGraph;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The steps of a template on their way through a task handler, and what it made of them. For one thread.
///
/// Every defect of the answer is an [IllegalArgumentException] whose message says what it is.
public final class AdjustedSteps {
    /// The most executions that a hook can allow, as in a template.
    public static final int RETRY_LIMIT_MAX = 1_000;

    private final Template template;
    private final Map<String, @Nullable Object> context;
    private final int inputsBytesMax;
    private final Map<String, List<String>> parents = new LinkedHashMap<>();
    private final Map<String, Adjustment> adjustments = new LinkedHashMap<>();
    private boolean descends;

    /// @param context what a step has as inputs where nothing else is set
    public AdjustedSteps(Template template, Map<String, @Nullable Object> context, int inputsBytesMax) {
        this.template = template;
        this.context = context;
        this.inputsBytesMax = inputsBytesMax;
        template.steps().forEach(step -> parents.put(step.name(), step.dependsOn()));
    }

    /// What the task handler is given.
    public List<Map<String, @Nullable Object>> toJson() {
        return template.steps().stream().map(this::json).toList();
    }

    private Map<String, @Nullable Object> json(StepTemplate step) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", step.name());
        json.put("depends_on", step.dependsOn());
        json.put("retryable", step.retryable());
        json.put("retry_limit", step.retryLimit());
        json.put("inputs", context);
        return json;
    }

    /// Reads what the task handler gave back.
    ///
    /// @throws IllegalArgumentException it is not of the right form, or the steps could never run like that
    public StepAdjustments read(@Nullable Object answer) {
        JsonShape.defectIn(answer, "steps").ifPresent(defect -> {
            throw new IllegalArgumentException("the steps cannot be stored: " + defect);
        });
        Set<String> seen = new LinkedHashSet<>();
        for (Object element : list(answer, "the answer")) {
            Map<?, ?> json = map(element, "a step");
            String name = String.valueOf(json.get("name"));
            require(parents.containsKey(name), "the template has no step `" + name + "`");
            require(seen.add(name), "step `" + name + "` is there twice");
            read(template.step(name), json);
        }
        return result();
    }

    private void read(StepTemplate step, Map<?, ?> json) {
        String where = "of step `" + step.name() + "`";
        List<String> added = added(step, json.get("depends_on"));
        Adjustment adjustment = new Adjustment(
                retryable(json.get("retryable"), where).filter(value -> value != step.retryable()),
                retryLimit(json.get("retry_limit"), where).filter(value -> value != step.retryLimit()),
                inputs(json.get("inputs"), where).filter(value -> !isSame(value, context)),
                added);
        if (!adjustment.isEmpty()) {
            adjustments.put(step.name(), adjustment);
        }
    }

    private List<String> added(StepTemplate step, @Nullable Object value) {
        if (value == null) {
            return List.of();
        }
        Set<String> wanted = new LinkedHashSet<>();
        list(value, "depends_on of step `" + step.name() + "`").forEach(name -> wanted.add(String.valueOf(name)));
        for (String parent : step.dependsOn()) {
            require(
                    wanted.contains(parent),
                    "step `" + step.name() + "` no longer depends on `" + parent
                            + "`; dependencies of the template cannot be removed");
        }
        step.dependsOn().forEach(wanted::remove);
        for (String parent : wanted) {
            require(
                    parents.containsKey(parent),
                    "step `" + step.name() + "` depends on `" + parent + "`, which is no step of the template");
        }
        List<String> all = new ArrayList<>(step.dependsOn());
        all.addAll(wanted);
        parents.put(step.name(), all);
        List<String> names = List.copyOf(parents.keySet());
        descends |= wanted.stream().anyMatch(parent -> names.indexOf(parent) >= names.indexOf(step.name()));
        return List.copyOf(wanted);
    }

    private StepAdjustments result() {
        if (!descends) {
            return new StepAdjustments(adjustments, List.of());
        }
        StepGraph graph = new StepGraph(parents);
        graph.findCycle().ifPresent(cycle -> {
            throw new IllegalArgumentException("the steps form a cycle: " + String.join(" → ", cycle));
        });
        return new StepAdjustments(adjustments, graph.topologicalOrder());
    }

    private static Optional<Boolean> retryable(@Nullable Object value, String where) {
        require(value == null || value instanceof Boolean, "retryable " + where + " is neither true nor false");
        return Optional.ofNullable((Boolean) value);
    }

    private static Optional<Integer> retryLimit(@Nullable Object value, String where) {
        if (value == null) {
            return Optional.empty();
        }
        require(
                value instanceof Number number
                        && number.doubleValue() == Math.rint(number.doubleValue())
                        && number.doubleValue() >= 0
                        && number.doubleValue() <= RETRY_LIMIT_MAX,
                "retry_limit " + where + " is not a whole number from 0 to " + RETRY_LIMIT_MAX + ": " + value);
        return Optional.of(((Number) value).intValue());
    }

    private Optional<Map<String, @Nullable Object>> inputs(@Nullable Object value, String where) {
        if (value == null) {
            return Optional.empty();
        }
        Map<String, @Nullable Object> inputs = new LinkedHashMap<>();
        map(value, "inputs " + where).forEach((key, entry) -> inputs.put(String.valueOf(key), entry));
        int bytes = Json.write(inputs).getBytes(StandardCharsets.UTF_8).length;
        require(
                bytes <= inputsBytesMax,
                "inputs " + where + " have " + bytes + " bytes as JSON, more than " + inputsBytesMax);
        return Optional.of(inputs);
    }

    /// Whether two values are the same JSON: a language with one kind of numbers gives a `2.0` back as `2`.
    private static boolean isSame(@Nullable Object one, @Nullable Object other) {
        if (one instanceof Number && other instanceof Number) {
            return new BigDecimal(one.toString()).compareTo(new BigDecimal(other.toString())) == 0;
        }
        if (one instanceof Map<?, ?> map && other instanceof Map<?, ?> second) {
            return map.keySet().equals(second.keySet())
                    && map.entrySet().stream().allMatch(entry -> isSame(entry.getValue(), second.get(entry.getKey())));
        }
        if (one instanceof List<?> list && other instanceof List<?> second) {
            Iterator<?> rest = second.iterator();
            return list.size() == second.size() && list.stream().allMatch(entry -> isSame(entry, rest.next()));
        }
        return Objects.equals(one, other);
    }

    private static List<?> list(@Nullable Object value, String what) {
        require(value instanceof List<?>, what + " is not a list");
        return (List<?>) Objects.requireNonNull(value);
    }

    private static Map<?, ?> map(@Nullable Object value, String what) {
        require(value instanceof Map<?, ?>, what + " is not a map");
        return (Map<?, ?>) Objects.requireNonNull(value);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
