package dev.tasker.error;

import java.io.Serial;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Something exists already in another form, or is in a state that does not allow the call.
public final class ConflictException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public ConflictException(ErrorCode code, String message, Map<String, ?> details) {
        this(code, message, details, null);
    }

    public ConflictException(ErrorCode code, String message, Map<String, ?> details, @Nullable Throwable cause) {
        super(code, message, details, cause);
    }
}
