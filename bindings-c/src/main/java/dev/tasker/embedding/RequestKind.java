package dev.tasker.embedding;

/// What the program asks for; the numbers are those of `enum request_kind` in `tasker.c`.
enum RequestKind {
    OPEN,
    CLOSE,
    CALL,
    COMPLETE,
    EXTEND,
    HANDLE,
    RETURN;

    static RequestKind of(int number) {
        return values()[number - 1];
    }

    /// Whether it is over at once; others may wait for the database.
    boolean isQuick() {
        return this == COMPLETE || this == EXTEND || this == RETURN;
    }
}
