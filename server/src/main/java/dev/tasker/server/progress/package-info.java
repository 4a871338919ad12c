/// Shows how a task goes on: a tree that is redrawn on a terminal, else a line per transition.
///
/// Before it: snapshots of the task, read after each event. Read [TaskFollower] first.
@NullMarked
package dev.tasker.server.progress;

import org.jspecify.annotations.NullMarked;
