/// Systems side by side: the plan of rounds, and what their results say.
///
/// Read [dev.tasker.benchmarks.compare.Comparison] first.
@NullMarked
package dev.tasker.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
