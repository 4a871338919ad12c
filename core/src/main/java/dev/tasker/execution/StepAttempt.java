package dev.tasker.execution;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One attempt of one step, with all that its handler needs.
///
/// @param previousResults what an earlier attempt stored, or null
/// @param events          takes the custom events of the handler
/// @param timeout         after this the attempt is cancelled and counts as a retryable failure
public record StepAttempt(
        ClaimId claimId,
        HandlerKey handlerKey,
        Task task,
        Sequence sequence,
        Step step,
        @Nullable Object previousResults,
        DataFolder dataFolder,
        Duration timeout,
        EventSink events) {
    /// An attempt whose custom events nobody listens to.
    public StepAttempt(
            ClaimId claimId,
            HandlerKey handlerKey,
            Task task,
            Sequence sequence,
            Step step,
            @Nullable Object previousResults,
            DataFolder dataFolder,
            Duration timeout) {
        this(claimId, handlerKey, task, sequence, step, previousResults, dataFolder, timeout, EventSink.NONE);
    }
}
