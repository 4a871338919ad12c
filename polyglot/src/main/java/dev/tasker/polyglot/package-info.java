/// Runs Ruby, Python and JavaScript handlers inside this JVM, on GraalVM.
///
/// Before it: a claimed step of core's `execution` stage. After it: a [dev.tasker.result.StepResult]. Read
/// [PolyglotHost] first; `context` keeps the guest contexts, `handler` loads and calls, `convert` carries values.
@NullMarked
package dev.tasker.polyglot;

import org.jspecify.annotations.NullMarked;
