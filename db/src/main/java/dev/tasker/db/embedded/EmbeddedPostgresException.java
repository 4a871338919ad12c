package dev.tasker.db.embedded;

import org.jspecify.annotations.Nullable;

/// An embedded PostgreSQL that could not be started, attached to or stopped.
///
/// The message says what is wrong, why, and what to do.
public final class EmbeddedPostgresException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    EmbeddedPostgresException(String message) {
        this(message, null);
    }

    EmbeddedPostgresException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
