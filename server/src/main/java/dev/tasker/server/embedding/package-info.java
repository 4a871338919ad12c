/// What programs need that run the engine in their own process: a folder with `libtasker`.
///
/// Before it: `bindings-c`, whose build makes the library. Read [RuntimeFolder].
@NullMarked
package dev.tasker.server.embedding;

import org.jspecify.annotations.NullMarked;
