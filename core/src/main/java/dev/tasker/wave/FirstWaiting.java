package dev.tasker.wave;

import java.time.Instant;

/// The first step that waits for a handler, in the order in which steps are claimed: by priority, then by due time.
public record FirstWaiting(int priority, Instant dueAt) {
    /// No step waits.
    public static final FirstWaiting NONE = new FirstWaiting(Integer.MIN_VALUE, Instant.MAX);
}
