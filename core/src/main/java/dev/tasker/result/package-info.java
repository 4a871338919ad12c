/// Stage 6: what an attempt of a step returned, and whether the step is tried again and when.
///
/// Before it: [dev.tasker.readiness]. After it: [dev.tasker.execution], which produces these values. Read
/// [StepResult] first.
@NullMarked
package dev.tasker.result;

import org.jspecify.annotations.NullMarked;
