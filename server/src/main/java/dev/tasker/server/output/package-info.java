/// What the command line prints: documents for programs, tables for people, and errors with their exit codes.
///
/// Before it: [dev.tasker.server.run] and the stores of the core give the values. Read [ExitCode] first.
@NullMarked
package dev.tasker.server.output;

import org.jspecify.annotations.NullMarked;
