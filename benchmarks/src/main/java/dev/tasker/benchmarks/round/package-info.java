/// One measurement of one system: a Java process of its own, on a database of its own.
///
/// Read [dev.tasker.benchmarks.round.RoundProcess] first, then [dev.tasker.benchmarks.round.RoundMain], which is what
/// runs in the process.
@NullMarked
package dev.tasker.benchmarks.round;

import org.jspecify.annotations.NullMarked;
