/// Measurements in Java processes of their own: an order goes in, a result comes out, both as JSON.
///
/// Read [dev.tasker.benchmarks.process.ChildProcess] first.
@NullMarked
package dev.tasker.benchmarks.process;

import org.jspecify.annotations.NullMarked;
