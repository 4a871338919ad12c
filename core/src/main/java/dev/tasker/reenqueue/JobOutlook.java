package dev.tasker.reenqueue;

import dev.tasker.reenqueue.JobVerdict.Again;
import dev.tasker.reenqueue.JobVerdict.Ended;
import dev.tasker.reenqueue.JobVerdict.NothingToDo;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.Optional;

/// What is left to do of a task when a job has run all that it could.
///
/// @param enqueuer      the queue that runs it; empty: the scheduler
/// @param runningSteps  in progress, wherever
/// @param readySteps    could be claimed now
/// @param resumesIn     until the earliest step that waits for its time
/// @param waitsForRetry whether a step that waits for its time has failed before
public record JobOutlook(
        TaskState state,
        Optional<String> enqueuer,
        int runningSteps,
        int readySteps,
        Optional<Duration> resumesIn,
        boolean waitsForRetry) {
    /// When to look again at what runs elsewhere, or could not be run here.
    public static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

    /// When to look again at a task that nothing seems to move on.
    public static final Duration LOOK_AGAIN_IDLE = Duration.ofSeconds(60);

    /// When the task is to come back.
    ///
    /// @param limitedFor until a limit of its handlers lets ready steps run; empty where none is met
    public JobVerdict verdict(Optional<Duration> limitedFor) {
        return switch (state) {
            case COMPLETE, ERROR, CANCELLED, RESOLVED_MANUALLY -> new Ended(state);
            case DRAFT, PAUSED -> new NothingToDo();
            case PENDING, IN_PROGRESS -> again(limitedFor);
        };
    }

    private Again again(Optional<Duration> limitedFor) {
        if (readySteps > 0) {
            return new Again(earlier(limitedFor.orElse(LOOK_AGAIN), resumesIn), ReenqueueReason.READY_STEPS_AVAILABLE);
        }
        if (resumesIn.isPresent()) {
            return new Again(
                    resumesIn.get(),
                    waitsForRetry ? ReenqueueReason.RETRY_BACKOFF : ReenqueueReason.PENDING_STEPS_REMAINING);
        }
        if (runningSteps > 0) {
            return new Again(LOOK_AGAIN, ReenqueueReason.STEPS_IN_PROGRESS);
        }
        return new Again(LOOK_AGAIN_IDLE, ReenqueueReason.AWAITING_DEPENDENCIES);
    }

    private static Duration earlier(Duration one, Optional<Duration> other) {
        return other.filter(duration -> duration.compareTo(one) < 0).orElse(one);
    }
}
