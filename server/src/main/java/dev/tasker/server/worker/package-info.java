/// Serves all registered templates until it is told to stop.
///
/// Before it: [dev.tasker.server.command] reads the command line. Read [Worker] first.
@NullMarked
package dev.tasker.server.worker;

import org.jspecify.annotations.NullMarked;
