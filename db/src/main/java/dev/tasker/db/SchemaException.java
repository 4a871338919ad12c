package dev.tasker.db;

import org.jspecify.annotations.Nullable;

/// A database whose schema cannot be read or brought to this release's version.
///
/// The message says what is wrong, why, and what to do.
public final class SchemaException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SchemaException(String message) {
        this(message, null);
    }

    SchemaException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
