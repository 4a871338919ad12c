/// Stage 1: what a caller submits: a template by name, a context, and who asks why.
///
/// After it: [dev.tasker.template] gives the definition, [dev.tasker.task] makes the task. Read [TaskRequest]
/// first.
@NullMarked
package dev.tasker.request;

import org.jspecify.annotations.NullMarked;
