package dev.tasker.server.progress;

import dev.tasker.task.TaskSnapshot;

/// Shows a task to somebody who waits for it. Called by one thread.
public interface ProgressView {
    /// Shows the task as it is now; called after each change.
    void show(TaskSnapshot task);

    /// Called several times a second, for what changes with the time alone.
    default void tick() {}

    /// Called once, after the last `show`.
    default void end() {}
}
