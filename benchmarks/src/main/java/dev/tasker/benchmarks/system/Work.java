package dev.tasker.benchmarks.system;

import dev.tasker.server.benchmark.WorkflowShape;
import dev.tasker.server.benchmark.Workload;

/// What a system is set up for.
///
/// @param workload tells what the steps do
/// @param shape    that of the workload, or of another size to see how a system grows
public record Work(Workload workload, WorkflowShape shape) {
    public static Work of(Workload workload) {
        return new Work(workload, workload.shape());
    }
}
