package dev.tasker.benchmarks.round;

import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.benchmarks.process.ChildMain;
import dev.tasker.server.benchmark.WorkflowSystem;

/// The process of one round.
public final class RoundMain {
    private RoundMain() {}

    public static void main(String[] arguments) throws Exception {
        ChildMain.answer(RoundOrder.class, RoundMain::run);
    }

    /// Measures in this process.
    public static RoundResult run(RoundOrder order) throws InterruptedException {
        try (ServerConnection server = ServerConnection.open(order.server());
                WorkflowSystem system = order.system()
                        .start(order.server().withDatabase(order.database()), order.work(), order.inFlight())) {
            return new Measurement(order, server).run(system);
        }
    }
}
