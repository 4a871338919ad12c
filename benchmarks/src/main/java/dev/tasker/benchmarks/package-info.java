/// Benchmarks from end to end: Tasker beside other systems, on one PostgreSQL with durable settings.
///
/// Read [dev.tasker.benchmarks.BenchmarkCli] first, which `benchmarks/run` starts.
@NullMarked
package dev.tasker.benchmarks;

import org.jspecify.annotations.NullMarked;
