package dev.tasker.execution;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One attempt of one step, with all that its handler needs.
///
/// @param previousResults what an earlier attempt stored, or null
/// @param events          takes the custom events of the handler
/// @param timeout         after this the attempt is cancelled and counts as a retryable failure; a heartbeat starts it
///                        anew
/// @param progress        takes heartbeats, and tells whether the attempt is over for its engine
public record StepAttempt(
        ClaimId claimId,
        HandlerKey handlerKey,
        Task task,
        Sequence sequence,
        Step step,
        @Nullable Object previousResults,
        DataFolder dataFolder,
        Duration timeout,
        EventSink events,
        Progress progress) {
    /// An attempt outside an engine: nobody listens to its events and heartbeats.
    public StepAttempt(
            ClaimId claimId,
            HandlerKey handlerKey,
            Task task,
            Sequence sequence,
            Step step,
            @Nullable Object previousResults,
            DataFolder dataFolder,
            Duration timeout) {
        this(
                claimId,
                handlerKey,
                task,
                sequence,
                step,
                previousResults,
                dataFolder,
                timeout,
                EventSink.NONE,
                Progress.NONE);
    }

    /// The log that the handler writes to.
    public HandlerLog log() {
        return new HandlerLog(this);
    }
}
