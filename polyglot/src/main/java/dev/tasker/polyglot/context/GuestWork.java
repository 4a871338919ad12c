package dev.tasker.polyglot.context;

/// One piece of work for a context: to load a handler, or to run an attempt.
public interface GuestWork {
    /// The context for it could not be created, or the host closes: nothing was run.
    void refuse(RuntimeException reason);
}
