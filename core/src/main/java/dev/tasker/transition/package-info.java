/// Stage 7: the states of tasks and steps, and every legal move between them.
///
/// This package alone defines what may follow what; the database enforces the same sets. `docs/states.md` is
/// rendered from [TaskTransitions] and [StepTransitions] by a test.
@NullMarked
package dev.tasker.transition;

import org.jspecify.annotations.NullMarked;
