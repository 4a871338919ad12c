/// The PostgreSQL that all systems are measured on, and what is read from it and from its processes.
///
/// Read [dev.tasker.benchmarks.postgres.BenchmarkServer] first.
@NullMarked
package dev.tasker.benchmarks.postgres;

import org.jspecify.annotations.NullMarked;
