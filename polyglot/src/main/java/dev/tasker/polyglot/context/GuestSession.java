package dev.tasker.polyglot.context;

/// What is kept in one context; used by one thread only, except [#close].
public interface GuestSession {
    /// Runs the session's next piece of work. What it throws ends the session, and refuses the work.
    void run(GuestWork work);

    /// Whether the context can go on: false after a cancelled attempt or a guest's exit.
    boolean isUsable();

    /// Closes the context, whatever runs in it. From any thread, more than once.
    void close();
}
