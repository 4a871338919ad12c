package dev.tasker.readiness;

import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One reason why a step is not running now.
///
/// @param explanation a sentence for people: what it waits for and what to do
/// @param waitsUntil  where time alone ends the wait
/// @param details     the ids and numbers of the explanation, for programs
public record WaitReason(
        Kind kind, String explanation, Optional<Instant> waitsUntil, Map<String, @Nullable Object> details) {
    /// What holds a step back, in the order in which `tasker.why_step_waits` looks at it.
    public enum Kind {
        /// The step has ended; it runs no more.
        ENDED,
        /// It runs, and its worker renews the lease.
        RUNNING,
        /// It ran, and its worker has gone silent; the next sweep takes the step away from it.
        LEASE_EXPIRED,
        TASK_DRAFT,
        TASK_PAUSED,
        TASK_ENDED,
        WAITING_FOR_PARENTS,
        /// Its error is permanent, or its attempts are used up.
        FAILED_FOR_GOOD,
        BACKING_OFF,
        /// The start of the task is delayed.
        NOT_DUE,
        /// A server asked a step with the same delay key to wait.
        DELAY_REQUESTED,
        /// No worker that is alive has its handler.
        NO_WORKER,
        /// Every worker that has its handler uses all its slots.
        WORKERS_BUSY,
        CONCURRENCY_LIMIT,
        RATE_LIMIT,
        /// A queue outside of the database runs its task.
        QUEUED_OUTSIDE,
        /// Nothing: the next claim takes it.
        READY;

        /// The name in the database and in JSON.
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Kind of(String key) {
            return valueOf(key.toUpperCase(Locale.ROOT));
        }
    }
}
