/// Events: what the process that commits a transition tells its subscribers, once, after the commit.
///
/// Read [LifecycleEvent] first.
@NullMarked
package dev.tasker.event;

import org.jspecify.annotations.NullMarked;
