/// Handlers without an engine and a database: what there is, and one attempt of one of them.
///
/// Before it: a file or a template that a user names. After it: what the handler gave. Read [HandlerTrial] first.
@NullMarked
package dev.tasker.server.trial;

import org.jspecify.annotations.NullMarked;
