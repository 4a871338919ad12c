package dev.tasker.execution;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A step of a task that is about to be stored, as a hook may change it. For one thread.
public final class StepDefaults {
    private final String name;
    private final List<String> dependsOn;
    private boolean retryable;
    private int retryLimit;
    private Map<String, @Nullable Object> inputs;

    StepDefaults(
            String name,
            List<String> dependsOn,
            boolean retryable,
            int retryLimit,
            Map<String, @Nullable Object> inputs) {
        this.name = name;
        this.dependsOn = new ArrayList<>(dependsOn);
        this.retryable = retryable;
        this.retryLimit = retryLimit;
        this.inputs = inputs;
    }

    public String name() {
        return name;
    }

    /// The parents: those of the template, and what was added.
    public List<String> dependsOn() {
        return List.copyOf(dependsOn);
    }

    public boolean retryable() {
        return retryable;
    }

    public int retryLimit() {
        return retryLimit;
    }

    public Map<String, @Nullable Object> inputs() {
        return inputs;
    }

    /// Lets the step wait for one more step of this task.
    public StepDefaults addDependency(String stepName) {
        dependsOn.add(stepName);
        return this;
    }

    public StepDefaults retryable(boolean allowed) {
        retryable = allowed;
        return this;
    }

    /// Executions in all; the first one is always allowed.
    public StepDefaults retryLimit(int executions) {
        retryLimit = executions;
        return this;
    }

    /// What the handler sees as the inputs of its step, a JSON object.
    public StepDefaults inputs(Map<String, @Nullable Object> json) {
        inputs = new LinkedHashMap<>(json);
        return this;
    }

    Map<String, @Nullable Object> toJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("depends_on", dependsOn());
        json.put("retryable", retryable);
        json.put("retry_limit", retryLimit);
        json.put("inputs", inputs);
        return json;
    }
}
