package dev.tasker.transition;

import java.util.Locale;

/// Where a task stands. Waiting (for a retry, for a running step) does not change the state.
public enum TaskState {
    /// Stored, but not to be run yet.
    DRAFT,
    /// Waits for its first claim.
    PENDING,
    /// At least one step was claimed, and it has not ended.
    IN_PROGRESS,
    /// Held by an operator: nothing new is claimed.
    PAUSED,
    COMPLETE,
    /// A step that it needs has failed for good.
    ERROR,
    CANCELLED,
    RESOLVED_MANUALLY;

    /// The name in the database and in JSON.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static TaskState of(String key) {
        return valueOf(key.toUpperCase(Locale.ROOT));
    }

    /// Whether the engine does nothing more with the task by itself.
    public boolean isTerminal() {
        return switch (this) {
            case COMPLETE, ERROR, CANCELLED, RESOLVED_MANUALLY -> true;
            case DRAFT, PENDING, IN_PROGRESS, PAUSED -> false;
        };
    }

    /// Whether steps may be claimed.
    public boolean isLive() {
        return this == PENDING || this == IN_PROGRESS;
    }
}
