package dev.tasker.benchmarks.history;

import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.server.benchmark.BenchmarkTemplate;
import dev.tasker.server.benchmark.ClosedLoop;
import dev.tasker.server.benchmark.TaskerSystem;
import dev.tasker.server.benchmark.WorkflowShape;
import dev.tasker.server.benchmark.Workload;
import java.time.Duration;
import java.util.List;

/// An engine on one of the databases: tasks of steps that do nothing, 32 in flight.
final class EngineRun implements AutoCloseable {
    static final int IN_FLIGHT = 32;
    private static final int WINDOW_TASKS_MAX = 10_000_000;

    private final Side side;
    private final WorkflowShape shape;
    private final TaskerSystem system;

    private EngineRun(Side side, WorkflowShape shape, TaskerSystem system) {
        this.side = side;
        this.shape = shape;
        this.system = system;
    }

    static EngineRun start(Side side, Workload work) {
        WorkflowShape shape = work.shape();
        Tasker engine = Tasker.open(side.pool(), TaskerConfig.defaults(), List.of());
        return new EngineRun(side, shape, TaskerSystem.start(engine, BenchmarkTemplate.of(shape), (_, _) -> false));
    }

    /// Steps per second over some time.
    double window(Duration time) throws InterruptedException {
        return ClosedLoop.run(
                        system, ClosedLoop.Limits.ofTime(IN_FLIGHT, time), side.reserveTaskNumbers(WINDOW_TASKS_MAX))
                .stepsPerSecond(shape.size());
    }

    @Override
    public void close() {
        system.close();
    }
}
