/// Stage 10: when waiting work comes back.
///
/// Before it: [dev.tasker.finalization]. After it: the scheduler in [dev.tasker.runtime] wakes up. Read [DueTimes]
/// first.
@NullMarked
package dev.tasker.reenqueue;

import org.jspecify.annotations.NullMarked;
