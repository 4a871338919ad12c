/// One task from its template and input to its end, in this process.
///
/// Before it: [dev.tasker.server.command] reads the command line. After it: [dev.tasker.server.output]. Read
/// [TaskRun] first.
@NullMarked
package dev.tasker.server.run;

import org.jspecify.annotations.NullMarked;
