/// Finds, loads and calls handlers; a guest error becomes a [dev.tasker.result.StepResult].
///
/// Before it: `context`, which gives a thread and a context. After it: the completion of the attempt. Read
/// [HandlerSession] first.
@NullMarked
package dev.tasker.polyglot.handler;

import org.jspecify.annotations.NullMarked;
