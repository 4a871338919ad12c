package dev.tasker.reenqueue;

import java.util.Locale;

/// Why a task is handed to its queue.
public enum ReenqueueReason {
    /// For the first time.
    READY_FOR_PROCESSING,
    /// Steps are ready that the job could not run: no handler here, no free slot, or a limit of the handler.
    READY_STEPS_AVAILABLE,
    /// Steps run in other jobs or processes.
    STEPS_IN_PROGRESS,
    /// A failed step waits for its next attempt.
    RETRY_BACKOFF,
    /// Steps wait for a time, or the task was not moved on since it was enqueued.
    PENDING_STEPS_REMAINING,
    /// Nothing runs and nothing is due.
    AWAITING_DEPENDENCIES;

    /// The stable name, in lower case.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
