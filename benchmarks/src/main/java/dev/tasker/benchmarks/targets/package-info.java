/// Tasker alone against its targets.
///
/// Read [dev.tasker.benchmarks.targets.Targets] first.
@NullMarked
package dev.tasker.benchmarks.targets;

import org.jspecify.annotations.NullMarked;
