package dev.tasker.operation;

/// What came of an action that is done only where it is possible.
public enum ConditionalResult {
    /// It was in that state before; nothing was changed.
    ALREADY_TARGET,
    /// It cannot be done from the state that was found; nothing was changed.
    INVALID_FROM_STATE,
    TRANSITIONED
}
