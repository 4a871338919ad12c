package dev.tasker.error;

import java.io.Serial;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The database cannot hold what it was given; sending it again is of no use.
public final class ContentRefusedException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public ContentRefusedException(ErrorCode code, String message, Map<String, ?> details, @Nullable Throwable cause) {
        super(code, message, details, cause);
    }
}
