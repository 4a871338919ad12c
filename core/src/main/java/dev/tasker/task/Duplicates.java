package dev.tasker.task;

/// What becomes of requests whose task exists already.
public enum Duplicates {
    /// They are errors, and nothing is created.
    REFUSE,
    /// They are answered with the existing task, and the others are created.
    SKIP
}
