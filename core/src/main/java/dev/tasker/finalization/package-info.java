/// Stage 9: the verdict on a task whose steps have changed.
///
/// The decision itself is the routine `tasker.settle_tasks`; this is its answer. Read [TaskVerdict] first.
@NullMarked
package dev.tasker.finalization;

import org.jspecify.annotations.NullMarked;
