package dev.tasker.error;

import java.io.Serial;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Thrown by a Java handler: the attempt failed, and another one may succeed.
///
/// `retryAfter` replaces the step's own backoff, as a server asked for; it is at most five minutes.
public final class RetryableError extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final @Nullable Duration retryAfter;
    private final transient Map<String, Object> context;

    public RetryableError(String message) {
        this(message, null, Map.of());
    }

    public RetryableError(String message, @Nullable Duration retryAfter, Map<String, ?> context) {
        super(message);
        if (retryAfter != null && retryAfter.isNegative()) {
            throw new IllegalArgumentException("retryAfter must not be negative, but is " + retryAfter);
        }
        this.retryAfter = retryAfter;
        this.context = new LinkedHashMap<>(context);
    }

    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /// JSON-like values that are stored with the error.
    public Map<String, Object> context() {
        return context;
    }
}
