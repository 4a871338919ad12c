/// The commands of `bin/tasker`, one class each. They read options and print; the work is done elsewhere.
///
/// Read [RootCommand] first.
@NullMarked
package dev.tasker.server.command;

import org.jspecify.annotations.NullMarked;
