/// Where it all runs: the entry point [Tasker], the scheduler loop, leases, timeouts and shutdown. The only package
/// that owns threads.
///
/// The loop reads like the flow: collect outcomes, send a wave, publish, dispatch what was claimed. Read [Tasker]
/// first, then [Scheduler].
@NullMarked
package dev.tasker.runtime;

import org.jspecify.annotations.NullMarked;
