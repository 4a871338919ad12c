/// Stage 3: one template made concrete for one request: a task with its steps and edges.
///
/// Before it: [dev.tasker.request] and [dev.tasker.template]. After it: [dev.tasker.readiness]. Read [RequestCheck]
/// and [NewTask] first.
@NullMarked
package dev.tasker.task;

import org.jspecify.annotations.NullMarked;
