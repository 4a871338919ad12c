package dev.tasker.task;

import dev.tasker.template.Template;

/// A template as the database holds it.
public record RegisteredTemplate(long namedTaskId, Template template) {}
