package dev.tasker.task;

import dev.tasker.template.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How the steps of one task differ from those of its template.
///
/// @param steps by name, only those that differ
/// @param order all steps, parents before children; empty where the template's order still is one
public record StepAdjustments(Map<String, Adjustment> steps, List<String> order) {
    public static final StepAdjustments NONE = new StepAdjustments(Map.of(), List.of());

    public StepAdjustments {
        steps = Map.copyOf(steps);
        order = List.copyOf(order);
    }

    /// One step; what is empty is as in the template.
    ///
    /// @param added parents beside those of the template
    public record Adjustment(
            Optional<Boolean> retryable,
            Optional<Integer> retryLimit,
            Optional<Map<String, @Nullable Object>> inputs,
            List<String> added) {
        static final Adjustment NONE = new Adjustment(Optional.empty(), Optional.empty(), Optional.empty(), List.of());

        public Adjustment {
            added = List.copyOf(added);
        }

        private Adjustment with(Set<String> parents) {
            List<String> all = new ArrayList<>(added);
            all.addAll(parents);
            return new Adjustment(retryable, retryLimit, inputs, all);
        }

        boolean isEmpty() {
            return retryable.isEmpty() && retryLimit.isEmpty() && inputs.isEmpty() && added.isEmpty();
        }

        private Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            retryable.ifPresent(value -> json.put("retryable", value));
            retryLimit.ifPresent(value -> json.put("retry_limit", value));
            inputs.ifPresent(value -> json.put("inputs", value));
            if (!added.isEmpty()) {
                json.put("added", added);
            }
            return json;
        }
    }

    /// The same where steps are bypassed: what depends on one of them waits for the parents of that instead, so that it
    /// does not run before what it would have run after.
    ///
    /// @param bypassed names of steps of the template
    public StepAdjustments bypassing(Template template, Set<String> bypassed) {
        if (bypassed.isEmpty()) {
            return this;
        }
        Map<String, List<String>> parents = new LinkedHashMap<>();
        template.steps().forEach(step -> {
            List<String> all = new ArrayList<>(step.dependsOn());
            all.addAll(adjustment(step.name()).added());
            parents.put(step.name(), all);
        });
        Map<String, Adjustment> changed = new LinkedHashMap<>(steps);
        parents.forEach((name, own) -> {
            Set<String> behind = new LinkedHashSet<>();
            own.stream().filter(bypassed::contains).forEach(parent -> lookBehind(parent, bypassed, parents, behind));
            behind.removeAll(own);
            if (!behind.isEmpty() && !bypassed.contains(name)) {
                changed.put(name, adjustment(name).with(behind));
            }
        });
        return new StepAdjustments(changed, order);
    }

    private Adjustment adjustment(String step) {
        return steps.getOrDefault(step, Adjustment.NONE);
    }

    private static void lookBehind(
            String step, Set<String> bypassed, Map<String, List<String>> parents, Set<String> found) {
        for (String parent : Objects.requireNonNull(parents.get(step))) {
            if (bypassed.contains(parent)) {
                lookBehind(parent, bypassed, parents, found);
            } else {
                found.add(parent);
            }
        }
    }

    /// Adds the keys that `tasker.apply_step_defaults` reads; none where nothing differs.
    void addTo(Map<String, @Nullable Object> request) {
        if (steps.isEmpty()) {
            return;
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        steps.forEach((name, step) -> json.put(name, step.toJson()));
        request.put("step_defaults", json);
        if (!order.isEmpty()) {
            request.put("step_order", order);
        }
    }
}
