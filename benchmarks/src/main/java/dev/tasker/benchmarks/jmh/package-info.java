/// What the parts of Tasker cost that need no database, with JMH: `benchmarks/run jmh`.
///
/// Read [dev.tasker.benchmarks.jmh.ResultBenchmark] first, which is on the path of every step.
@NullMarked
package dev.tasker.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
