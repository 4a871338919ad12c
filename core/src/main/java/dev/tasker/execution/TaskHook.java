package dev.tasker.execution;

import java.util.Locale;

/// When a task handler is called. The key is the name of the hook in Ruby and Python, and that of the step as which
/// a host runs it.
public enum TaskHook {
    SCHEMA,
    ESTABLISH_STEP_DEPENDENCIES_AND_DEFAULTS,
    UPDATE_ANNOTATIONS;

    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
