/// Stage 10: when waiting work comes back, and who is told.
///
/// Before it: [dev.tasker.finalization]. After it: the scheduler in [dev.tasker.runtime] wakes up, or the
/// application's queue is handed the task. Read [TaskQueue] first.
@NullMarked
package dev.tasker.reenqueue;

import org.jspecify.annotations.NullMarked;
