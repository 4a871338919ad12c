package dev.tasker.polyglot.convert;

import java.io.Serial;

/// A value that is not JSON-like, and where in the result it stands. Stays inside this module.
public final class NotStorableException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String path;
    private final String reason;

    public NotStorableException(String path, String reason) {
        super(path + ": " + reason);
        this.path = path;
        this.reason = reason;
    }

    public String path() {
        return path;
    }

    public String reason() {
        return reason;
    }
}
