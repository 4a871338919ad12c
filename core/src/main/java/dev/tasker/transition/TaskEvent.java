package dev.tasker.transition;

/// What can happen to a task.
public enum TaskEvent {
    LAUNCH,
    START,
    AWAIT,
    COMPLETE,
    FAIL,
    PAUSE,
    RESUME,
    CANCEL,
    RETRY,
    RESOLVE
}
