/// Stage 8: one database call that records outcomes, releases children, settles tasks and claims steps.
///
/// Before it: [dev.tasker.result]. After it: [dev.tasker.finalization] and [dev.tasker.reenqueue]. The routine is
/// `tasker.advance`; [Waves] is its port. Read [WaveRequest] first.
@NullMarked
package dev.tasker.wave;

import org.jspecify.annotations.NullMarked;
