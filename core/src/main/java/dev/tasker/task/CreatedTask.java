package dev.tasker.task;

import dev.tasker.identity.TaskId;

/// What became of one request.
///
/// @param id      the new task, or the one that has the same identity
/// @param created false where there was one already
public record CreatedTask(TaskId id, boolean created) {}
