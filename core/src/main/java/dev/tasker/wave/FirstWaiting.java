package dev.tasker.wave;

import java.time.Instant;

/// The first step that waits for a handler, in the order in which steps are claimed: by priority, then by due time.
public record FirstWaiting(int priority, Instant dueAt) {
    /// No step waits.
    public static final FirstWaiting NONE = new FirstWaiting(Integer.MIN_VALUE, Instant.MAX);

    /// Which of two is claimed first.
    static FirstWaiting first(FirstWaiting one, FirstWaiting other) {
        boolean isBefore =
                one.priority == other.priority ? one.dueAt.isBefore(other.dueAt) : one.priority > other.priority;
        return isBefore ? one : other;
    }
}
