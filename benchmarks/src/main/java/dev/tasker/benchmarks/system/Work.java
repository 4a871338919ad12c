package dev.tasker.benchmarks.system;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.server.benchmark.WorkflowShape;
import dev.tasker.server.benchmark.Workload;
import java.util.Collections;
import java.util.List;

/// What a system is set up for.
///
/// @param workload tells what the steps do
/// @param shape    that of the workload, or of another size to see how a system grows
/// @param runtimes the language of each step
public record Work(Workload workload, WorkflowShape shape, List<HandlerRuntime> runtimes) {
    public Work {
        runtimes = List.copyOf(runtimes);
    }

    public static Work of(Workload workload) {
        return new Work(workload, workload.shape(), workload.runtimes());
    }

    /// A chain in one language.
    public static Work chain(Workload workload, int steps, HandlerRuntime runtime) {
        return new Work(workload, WorkflowShape.chain(steps), Collections.nCopies(steps, runtime));
    }

    /// Whether all its steps are written in Java.
    public boolean isJavaOnly() {
        return runtimes.stream().allMatch(runtime -> runtime == HandlerRuntime.JAVA);
    }
}
