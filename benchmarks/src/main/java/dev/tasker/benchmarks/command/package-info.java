/// What `benchmarks/run` offers: reads options, starts the server, prints.
///
/// Read [dev.tasker.benchmarks.command.RunCommand] first.
@NullMarked
package dev.tasker.benchmarks.command;

import org.jspecify.annotations.NullMarked;
