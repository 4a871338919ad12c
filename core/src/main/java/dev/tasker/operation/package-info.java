/// What an operator does to tasks and steps: pause, cancel, retry, resolve, skip and the rest, each with a
/// name and a reason in the audit trail.
///
/// Before it: [dev.tasker.reenqueue]. After it: `dev.tasker.store`, which does it in the database. Read
/// [Operations] first.
@NullMarked
package dev.tasker.operation;

import org.jspecify.annotations.NullMarked;
