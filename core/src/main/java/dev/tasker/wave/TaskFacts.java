package dev.tasker.wave;

import dev.tasker.execution.Task;

/// What an engine knows of a task once it has claimed a step of it; claims of later steps need not bring it again.
///
/// @param definitionsVersion which content of the task's template its steps run by; the database tells it
public record TaskFacts(Task task, String definitionsVersion) {}
