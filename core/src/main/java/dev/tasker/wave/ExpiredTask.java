package dev.tasker.wave;

import dev.tasker.identity.TaskId;
import dev.tasker.transition.TaskState;

/// A task that did not end before its deadline, and is now in error.
///
/// @param from the state it was in
public record ExpiredTask(TaskId task, TaskState from) {}
