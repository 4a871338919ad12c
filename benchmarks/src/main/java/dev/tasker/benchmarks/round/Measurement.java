package dev.tasker.benchmarks.round;

import dev.tasker.benchmarks.postgres.ProcessUse;
import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.server.benchmark.ClosedLoop;
import dev.tasker.server.benchmark.LatencyStatistics;
import dev.tasker.server.benchmark.LoopResult;
import dev.tasker.server.benchmark.WorkflowSystem;

/// Runs a system, and reads all counters before and after.
final class Measurement {
    private static final double PER_THOUSAND = 1_000;
    /// Warm-up tasks of a burst: not all at once, or the pile would outlive the warm-up.
    private static final int WARM_UP_IN_FLIGHT_MAX = 128;

    private final RoundOrder order;
    private final ServerConnection server;

    Measurement(RoundOrder order, ServerConnection server) {
        this.order = order;
        this.server = server;
    }

    /// What processes and server have used so far.
    private record Counters(double cpuSeconds, long statements, long walBytes) {
        Counters minus(Counters before) {
            return new Counters(
                    cpuSeconds - before.cpuSeconds, statements - before.statements, walBytes - before.walBytes);
        }
    }

    RoundResult run(WorkflowSystem system) throws InterruptedException {
        int warmUpInFlight = Math.min(order.inFlight(), WARM_UP_IN_FLIGHT_MAX);
        long begun = WarmUp.of((limits, firstNumber) -> ClosedLoop.run(system, limits, firstNumber))
                .run(order.length().warmUp(warmUpInFlight));
        server.checkpoint();
        server.resetStatements();
        Counters before = counters();
        LoopResult loop = ClosedLoop.run(system, order.length().measured(order.inFlight()), 1 + begun);
        return result(loop, counters().minus(before));
    }

    private RoundResult result(LoopResult loop, Counters used) {
        int stepsPerTask = order.system().steps(order.work());
        double steps = (double) loop.tasks() * stepsPerTask;
        LatencyStatistics latency = loop.latency();
        return new RoundResult(
                order.system().key(),
                order.system().version(),
                order.workload().name(),
                order.round(),
                order.inFlight(),
                loop.stepsPerSecond(stepsPerTask),
                loop.tasksPerSecond(),
                latency.p50(),
                latency.p99(),
                latency.max(),
                used.statements / steps,
                used.walBytes / steps,
                used.cpuSeconds * PER_THOUSAND / steps,
                ProcessUse.residentMib(ProcessHandle.current().pid()));
    }

    private Counters counters() {
        return new Counters(
                ProcessUse.cpuSeconds(ProcessHandle.current().pid()) + ProcessUse.cpuSecondsOfTree(order.serverPid()),
                server.statements(order.database()),
                server.walBytes());
    }
}
