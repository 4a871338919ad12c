/// The command line `bin/tasker`.
///
/// Read [TaskerCli] first; each command is one class in [dev.tasker.server.command].
@NullMarked
package dev.tasker.server;

import org.jspecify.annotations.NullMarked;
