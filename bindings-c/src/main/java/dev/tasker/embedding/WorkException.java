package dev.tasker.embedding;

import java.io.Serial;
import java.util.Map;

/// An error that a handler is to raise as its own. Stays inside this module.
final class WorkException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String code;
    private final transient Map<String, Object> details;

    /// @param details `kind` (permanent, retryable, cancelled), and what the error of that kind has
    WorkException(String code, String message, Map<String, Object> details) {
        super(message);
        this.code = code;
        this.details = details;
    }

    String code() {
        return code;
    }

    Map<String, Object> details() {
        return details;
    }
}
