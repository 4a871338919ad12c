package dev.tasker.reenqueue;

/// What other processes tell this one through the database. A hint: whoever misses it finds out by polling.
public sealed interface WorkSignal {
    /// Steps became ready.
    ///
    /// @param worker who made them so
    record WorkReady(String worker) implements WorkSignal {}

    /// Running steps of a task may have been taken away from their workers.
    record Interrupt(String task) implements WorkSignal {}
}
