package dev.tasker.error;

import java.io.Serial;
import java.util.Map;

/// Too many tasks are unfinished: nothing was stored, and the same request may be accepted later.
public final class BacklogFullException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public BacklogFullException(ErrorCode code, String message, Map<String, ?> details) {
        super(code, message, details, null);
    }
}
