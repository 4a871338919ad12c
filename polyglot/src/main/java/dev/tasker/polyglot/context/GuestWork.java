package dev.tasker.polyglot.context;

/// One piece of work for a context: to load a handler, or to run an attempt.
public interface GuestWork {
    /// The context for it could not be created, or the host closes: nothing was run.
    void refuse(RuntimeException reason);

    /// Whether somebody else can do it.
    default boolean isReturnable() {
        return false;
    }

    /// All contexts are held for long: returnable work goes back to where it came from, and was not run.
    default void giveBack() {}
}
