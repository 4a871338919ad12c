package dev.tasker.result;

import org.jspecify.annotations.Nullable;

/// What one attempt of a step came to.
public sealed interface StepResult {
    /// The handler returned. `results` is JSON-like: null, Boolean, String, a number, a List, or a Map with String
    /// keys.
    record Success(@Nullable Object results) implements StepResult {}

    /// The handler failed; [StepError#retryable()] tells whether another attempt may help.
    record Failure(StepError error) implements StepResult {}

    /// The host had no room after all, and the handler was not entered: the step is given back, and the attempt does
    /// not count.
    record NotStarted(String reason) implements StepResult {}
}
