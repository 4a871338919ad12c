package dev.tasker.polyglot.convert;

/// What a guest gave is not in the form that its walker writes: a handler has called the host itself, or has changed
/// what its language is built on.
public final class MalformedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedException(String path) {
        super(path + ": it is not in the form in which values come to the host");
    }
}
