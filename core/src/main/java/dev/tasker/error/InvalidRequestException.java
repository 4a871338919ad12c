package dev.tasker.error;

import java.io.Serial;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request or a query that is not valid. Nothing was stored.
public final class InvalidRequestException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public InvalidRequestException(ErrorCode code, String message, Map<String, ?> details) {
        this(code, message, details, null);
    }

    public InvalidRequestException(ErrorCode code, String message, Map<String, ?> details, @Nullable Throwable cause) {
        super(code, message, details, cause);
    }
}
