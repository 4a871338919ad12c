package dev.tasker.template;

import java.util.Locale;

/// What a permanently blocked step does to the rest of its task.
public enum FailurePolicy {
    /// Ready work goes first; then the task ends in error.
    BEST_EFFORT,
    /// The task ends in error at once; the rest stays pending.
    FAIL_FAST;

    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    static FailurePolicy of(String key) {
        return valueOf(key.toUpperCase(Locale.ROOT));
    }
}
