package dev.tasker.error;

import java.io.Serial;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A handler that cannot be loaded: its file, its syntax or its class is wrong.
public final class HandlerLoadException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public HandlerLoadException(ErrorCode code, String message, Map<String, ?> details) {
        this(code, message, details, null);
    }

    public HandlerLoadException(ErrorCode code, String message, Map<String, ?> details, @Nullable Throwable cause) {
        super(code, message, details, cause);
    }
}
