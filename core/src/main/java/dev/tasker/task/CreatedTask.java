package dev.tasker.task;

import dev.tasker.identity.TaskId;

/// What became of one request.
///
/// @param id      the new task, or the one that has the same identity
/// @param created false where there was one already
/// @param started whether its first step was claimed with its creation
public record CreatedTask(TaskId id, boolean created, boolean started) {}
