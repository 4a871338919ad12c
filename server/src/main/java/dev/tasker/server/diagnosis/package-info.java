/// Checks what Tasker needs on this machine, and warms it up for the start-up cache.
///
/// Read [Doctor] first.
@NullMarked
package dev.tasker.server.diagnosis;

import org.jspecify.annotations.NullMarked;
