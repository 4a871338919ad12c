package dev.tasker.benchmarks.history;

import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.server.benchmark.BenchmarkTemplate;
import dev.tasker.server.benchmark.ClosedLoop;
import dev.tasker.server.benchmark.TaskerSystem;
import dev.tasker.server.benchmark.WorkflowShape;
import java.time.Duration;
import java.util.List;

/// An engine on one of the databases: chains of 6 steps that do nothing, 32 in flight.
final class EngineRun implements AutoCloseable {
    static final int STEPS = 6;
    static final int IN_FLIGHT = 32;
    private static final int WINDOW_TASKS_MAX = 10_000_000;

    private final Side side;
    private final TaskerSystem system;

    private EngineRun(Side side, TaskerSystem system) {
        this.side = side;
        this.system = system;
    }

    static EngineRun start(Side side) {
        Tasker engine = Tasker.open(side.pool(), TaskerConfig.defaults(), List.of());
        return new EngineRun(
                side, TaskerSystem.start(engine, BenchmarkTemplate.of(WorkflowShape.chain(STEPS)), (_, _) -> false));
    }

    /// Steps per second over some time.
    double window(Duration time) throws InterruptedException {
        return ClosedLoop.run(
                        system, ClosedLoop.Limits.ofTime(IN_FLIGHT, time), side.reserveTaskNumbers(WINDOW_TASKS_MAX))
                .stepsPerSecond(STEPS);
    }

    @Override
    public void close() {
        system.close();
    }
}
