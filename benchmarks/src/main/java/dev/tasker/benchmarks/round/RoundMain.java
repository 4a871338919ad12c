package dev.tasker.benchmarks.round;

import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.server.benchmark.WorkflowSystem;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// The process of one round: reads its order from standard input, and writes its result to standard output.
public final class RoundMain {
    private RoundMain() {}

    /// Ends the process: what a system leaves running must not keep it.
    public static void main(String[] arguments) throws Exception {
        // Whatever a library prints must not get into the result.
        PrintStream out = System.out;
        System.setOut(System.err);
        RoundOrder order = Wire.readOrder(System.in);
        out.write(Wire.write(run(order)).getBytes(StandardCharsets.UTF_8));
        out.flush();
        Runtime.getRuntime().halt(0);
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
