package dev.tasker.error;

import java.io.Serial;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Something that was named does not exist.
public final class NotFoundException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public NotFoundException(ErrorCode code, String message, Map<String, ?> details) {
        this(code, message, details, null);
    }

    public NotFoundException(ErrorCode code, String message, Map<String, ?> details, @Nullable Throwable cause) {
        super(code, message, details, cause);
    }
}
