package dev.tasker.error;

import java.io.Serial;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A template that cannot be used; the message names file, line and key where they are known.
public final class InvalidTemplateException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public InvalidTemplateException(ErrorCode code, String message, Map<String, ?> details) {
        this(code, message, details, null);
    }

    public InvalidTemplateException(ErrorCode code, String message, Map<String, ?> details, @Nullable Throwable cause) {
        super(code, message, details, cause);
    }
}
