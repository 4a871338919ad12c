/// One engine per language, and a pool of contexts, each with a thread of its own.
///
/// Before it: [dev.tasker.polyglot.PolyglotHost] submits work. After it: `handler`, which does the work inside a
/// context. Read [GuestPool] first.
@NullMarked
package dev.tasker.polyglot.context;

import org.jspecify.annotations.NullMarked;
