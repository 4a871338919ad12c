package dev.tasker.readiness;

import java.util.Locale;

/// Why a step may not be claimed at this moment.
public enum BlockingReason {
    /// A step that it depends on has not been completed.
    DEPENDENCIES_NOT_SATISFIED,
    /// It has failed, and has no attempt left or its next one is not due yet.
    RETRY_NOT_ELIGIBLE,
    /// It runs, or has ended.
    INVALID_STATE,
    /// Its task is held or has ended, or the task's time has not come.
    UNKNOWN;

    /// The name in the database and in JSON.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static BlockingReason of(String key) {
        return valueOf(key.toUpperCase(Locale.ROOT));
    }
}
