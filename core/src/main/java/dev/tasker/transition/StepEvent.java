package dev.tasker.transition;

/// What can happen to a step.
public enum StepEvent {
    CLAIM,
    COMPLETE,
    FAIL,
    EXPIRE,
    RELEASE,
    RETRY,
    SKIP,
    CANCEL,
    RESOLVE
}
