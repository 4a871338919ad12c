/// Finds and opens the database: the one that the user names, or the embedded default.
///
/// Before it: an option or an environment variable. After it: [dev.tasker.runtime]. Read
/// [dev.tasker.store.DatabaseAddress]
/// first.
@NullMarked
package dev.tasker.server.database;

import org.jspecify.annotations.NullMarked;
