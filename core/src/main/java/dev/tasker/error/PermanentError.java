package dev.tasker.error;

import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Thrown by a Java handler: the step cannot succeed and is not tried again, whatever its retry limit.
public final class PermanentError extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final @Nullable String errorCode;
    private final transient Map<String, Object> context;

    public PermanentError(String message) {
        this(message, null, Map.of());
    }

    public PermanentError(String message, @Nullable String errorCode, Map<String, ?> context) {
        super(message);
        this.errorCode = errorCode;
        this.context = new LinkedHashMap<>(context);
    }

    public Optional<String> errorCode() {
        return Optional.ofNullable(errorCode);
    }

    /// JSON-like values that are stored with the error.
    public Map<String, Object> context() {
        return context;
    }
}
