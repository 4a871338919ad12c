/// The systems that are measured, each set up as its documentation advises for throughput.
///
/// Read [dev.tasker.benchmarks.system.MeasuredSystem] first.
@NullMarked
package dev.tasker.benchmarks.system;

import org.jspecify.annotations.NullMarked;
