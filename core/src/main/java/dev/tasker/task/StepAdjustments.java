package dev.tasker.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        public Adjustment {
            added = List.copyOf(added);
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
