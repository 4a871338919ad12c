package dev.tasker.error;

import java.io.Serial;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The database cannot be reached, or its schema is not the one that this version works with.
public final class StoreUnavailableException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(ErrorCode code, String message, Map<String, ?> details) {
        this(code, message, details, null);
    }

    public StoreUnavailableException(
            ErrorCode code, String message, Map<String, ?> details, @Nullable Throwable cause) {
        super(code, message, details, cause);
    }
}
