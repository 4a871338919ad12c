package dev.tasker.execution;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes the custom events of one attempt. Safe from any thread.
///
/// They are delivered after the attempt's outcome is committed, whether it succeeded or failed, and dropped where
/// the outcome is refused or the step is given back.
@FunctionalInterface
public interface EventSink {
    /// More events of one attempt are refused.
    int EVENTS_MAX = 100;

    /// Larger payloads are refused; in bytes of JSON.
    int PAYLOAD_BYTES_MAX = 64 * 1024;

    /// For attempts that nobody listens to.
    EventSink NONE = (_, _) -> {};

    /// Takes one event.
    ///
    /// @throws dev.tasker.error.PermanentError EVENT_INVALID: the name is not one of a custom event, the payload
    ///     is not JSON-like or too large, or there are too many events
    void publish(String name, Map<String, @Nullable Object> payload);
}
