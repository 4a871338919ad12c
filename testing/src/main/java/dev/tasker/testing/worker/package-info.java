/// A worker without threads: it does what the engine does to the database, one call at a time, when it is
/// told to.
///
/// Shared by the users' tests and the simulation. Read [VirtualWorker] first.
@NullMarked
package dev.tasker.testing.worker;

import org.jspecify.annotations.NullMarked;
