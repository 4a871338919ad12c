/// Finds the code of handlers, and loads it: one thread per language, so that languages start side by side.
///
/// Before it: a template. After it: the engine runs what was loaded. Read [HandlerLoading] first.
@NullMarked
package dev.tasker.server.handlers;

import org.jspecify.annotations.NullMarked;
