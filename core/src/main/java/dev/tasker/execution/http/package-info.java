/// Step handlers that call HTTP APIs: which answers are results, which are tried again, and which are final.
///
/// Part of [dev.tasker.execution]. [HttpStepHandler] needs no code; [ApiStepHandler] is for subclasses. Read the
/// latter first.
@NullMarked
package dev.tasker.execution.http;

import org.jspecify.annotations.NullMarked;
