package dev.tasker.execution;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Base class of step handlers in Java. One new instance serves one attempt.
///
/// A subclass has a public constructor that takes the template's `handler_config` as a map, or none at all.
/// `process` may run more than once for the same step (at-least-once execution), but its results are recorded
/// once; it should be idempotent. It runs on a virtual thread of its own, outside any database transaction, and
/// is interrupted at the step's timeout.
public abstract class StepHandler {
    private final Map<String, @Nullable Object> config;
    private @Nullable StepAttempt attempt;

    protected StepHandler() {
        this(Map.of());
    }

    protected StepHandler(Map<String, @Nullable Object> config) {
        this.config = config;
    }

    /// Does the work of the step.
    ///
    /// @return JSON-like: null, Boolean, String, Number, List, or Map with String keys
    /// @throws dev.tasker.error.RetryableError the attempt failed, another may succeed
    /// @throws dev.tasker.error.PermanentError the step cannot succeed
    /// @throws Exception anything else is retried within the step's policy
    public abstract @Nullable Object process(Task task, Sequence sequence, Step step) throws Exception;

    /// Returns what is stored, by default the output of `process`.
    ///
    /// @param initialResults what the previous attempt stored, or null
    public @Nullable Object processResults(Step step, @Nullable Object output, @Nullable Object initialResults)
            throws Exception {
        return output;
    }

    /// The template's `handler_config`.
    protected final Map<String, @Nullable Object> config() {
        return config;
    }

    /// Reads a UTF-8 file below the template's `data` folder.
    ///
    /// @throws dev.tasker.error.PermanentError DATA_FILE_UNAVAILABLE
    protected final String readText(String relative) {
        return bound("readText").dataFolder().readText(relative);
    }

    /// Publishes a custom event, for example `order.shipped`. Subscribers get it after this attempt's outcome is
    /// committed, whether it succeeds or fails; another attempt publishes it again.
    ///
    /// @param payload JSON-like, at most [EventSink#PAYLOAD_BYTES_MAX]
    /// @throws dev.tasker.error.PermanentError EVENT_INVALID
    protected final void publish(String eventName, Map<String, @Nullable Object> payload) {
        bound("publish").events().publish(eventName, payload);
    }

    /// Heartbeats, checkpoints and the question whether the attempt was cancelled, for steps that take long.
    protected final Progress progress() {
        return bound("progress").progress();
    }

    /// The host's log, with the ids of task and step.
    protected final HandlerLog log() {
        return bound("log").log();
    }

    private StepAttempt bound(String method) {
        StepAttempt current = attempt;
        if (current == null) {
            throw new IllegalStateException(method + " needs a running attempt; call it inside process");
        }
        return current;
    }

    final void bind(StepAttempt running) {
        this.attempt = running;
    }
}
