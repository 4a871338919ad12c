package dev.tasker.event;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What subscribers often need of an event: who it is about, how long it took, how it failed.
public record EventFacts(LifecycleEvent event) {
    /// Task, template, step and attempt, as far as the event has them.
    public Map<String, @Nullable Object> core() {
        Map<String, @Nullable Object> core = new LinkedHashMap<>();
        for (String key : new String[] {
            "event_type",
            "timestamp",
            "task_id",
            "task_name",
            "task_namespace",
            "step_id",
            "step_name",
            "attempt_number"
        }) {
            Object value = event.payload().get(key);
            if (value != null) {
                core.put(key, value);
            }
        }
        return core;
    }

    /// How long the attempt or the task ran, in seconds.
    public Optional<Double> durationSeconds() {
        return event.number("execution_duration")
                .or(() -> event.number("total_execution_duration"))
                .map(Number::doubleValue);
    }

    /// The kind of failure; empty where the event tells of none.
    public Optional<ErrorCategory> errorCategory() {
        return event.text("exception_class")
                .or(() -> event.text("error_message"))
                .map(_ -> ErrorCategory.of(event));
    }

    /// Tags with few values, for metrics: no ids.
    public Map<String, String> metricTags() {
        Map<String, String> tags = new TreeMap<>();
        event.text("task_namespace").ifPresent(value -> tags.put("namespace", value));
        event.text("task_name").ifPresent(value -> tags.put("task", value));
        event.text("task_version").ifPresent(value -> tags.put("version", value));
        event.text("step_name").ifPresent(value -> tags.put("step", value));
        errorCategory().ifPresent(category -> tags.put("error", category.key()));
        return tags;
    }

    /// The event's name as a metric: `tasker_step_completed`.
    public String metricName() {
        return "tasker_" + event.name().replaceAll("[^A-Za-z0-9]", "_");
    }
}
