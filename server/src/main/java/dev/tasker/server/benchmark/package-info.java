/// What is measured and how: workloads, the loop that keeps tasks in flight, and Tasker under it.
///
/// The `benchmark` command and the benchmarks beside other systems share it. After it: [dev.tasker.runtime]. Read
/// [Workload] first.
@NullMarked
package dev.tasker.server.benchmark;

import org.jspecify.annotations.NullMarked;
