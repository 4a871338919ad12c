/// Stage 4: which steps may run now, and where their task stands, as the database derives it from edges and states.
///
/// Before it: [dev.tasker.task]. After it: [dev.tasker.execution] runs what the wave claims. Read [StepReadiness]
/// first.
@NullMarked
package dev.tasker.readiness;

import org.jspecify.annotations.NullMarked;
