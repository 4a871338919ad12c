/// PostgreSQL for tests, of this module and all others, and the upkeep of what is generated from it.
///
/// Read [dev.tasker.db.test.TestDatabase] first.
@NullMarked
package dev.tasker.db.test;

import org.jspecify.annotations.NullMarked;
