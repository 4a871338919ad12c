package dev.tasker.transition;

import java.util.Locale;

/// Where a step stands. *Ready* is not a state: it is computed from the states of the parents, the attempts and the
/// time.
public enum StepState {
    PENDING,
    IN_PROGRESS,
    COMPLETE,
    /// The last attempt failed; another one follows when it is allowed and due.
    ERROR,
    /// Bypassed by the request or by an operator; its children may run.
    SKIPPED,
    CANCELLED,
    RESOLVED_MANUALLY;

    /// The name in the database and in JSON.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static StepState of(String key) {
        return valueOf(key.toUpperCase(Locale.ROOT));
    }

    /// Whether children of a step in this state may run.
    public boolean satisfiesDependency() {
        return switch (this) {
            case COMPLETE, RESOLVED_MANUALLY, SKIPPED -> true;
            case PENDING, IN_PROGRESS, ERROR, CANCELLED -> false;
        };
    }
}
