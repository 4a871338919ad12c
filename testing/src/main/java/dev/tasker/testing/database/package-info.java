/// Databases for tests: one server for all tests of a user, a database of its own for each test class, and
/// the clock that its connections show.
///
/// The only package of the test kit that runs SQL. Read [WorkflowDatabase] first.
@NullMarked
package dev.tasker.testing.database;

import org.jspecify.annotations.NullMarked;
