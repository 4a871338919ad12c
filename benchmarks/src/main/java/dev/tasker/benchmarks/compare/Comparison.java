package dev.tasker.benchmarks.compare;

import dev.tasker.benchmarks.postgres.BenchmarkServer;
import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.benchmarks.round.RoundOrder;
import dev.tasker.benchmarks.round.RoundProcess;
import dev.tasker.benchmarks.round.RoundResult;
import dev.tasker.identity.HandlerRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Measures everything of a plan, each on a fresh database of one server.
public final class Comparison {
    private static final String DATABASE = "benchmark";

    private final BenchmarkServer server;
    private final ServerConnection connection;
    private final Consumer<String> progress;

    /// @param progress takes one line before and after each measurement
    public Comparison(BenchmarkServer server, ServerConnection connection, Consumer<String> progress) {
        this.server = server;
        this.connection = connection;
        this.progress = progress;
    }

    /// Runs all measurements, in order.
    public List<RoundResult> run(ComparisonPlan plan) throws InterruptedException {
        List<ComparisonPlan.Entry> entries = plan.entries();
        List<RoundResult> results = new ArrayList<>();
        for (ComparisonPlan.Entry entry : entries) {
            String what = "[%d/%d] round %d  %s  %s  %s"
                    .formatted(
                            results.size() + 1,
                            entries.size(),
                            entry.round(),
                            entry.workload(),
                            entry.inFlight() == ComparisonPlan.BURST ? "burst" : entry.inFlight() + " in flight",
                            entry.system().key());
            progress.accept(what);
            RoundResult result = measure(order(plan, entry));
            results.add(result);
            progress.accept("%s: %,.0f steps/s, p50 %.2f ms, p99 %.2f ms"
                    .formatted(what, result.stepsPerSecond(), result.p50Millis(), result.p99Millis()));
        }
        return results;
    }

    /// Runs one measurement on a fresh database.
    public RoundResult measure(RoundOrder order) throws InterruptedException {
        connection.recreateDatabase(order.database());
        connection.checkpoint();
        try {
            return RoundProcess.run(order);
        } finally {
            connection.dropDatabase(order.database());
        }
    }

    private RoundOrder order(ComparisonPlan plan, ComparisonPlan.Entry entry) {
        return new RoundOrder(
                entry.system(),
                entry.workload(),
                0,
                HandlerRuntime.JAVA,
                entry.round(),
                entry.inFlight(),
                plan.lengthOf(entry.inFlight()),
                server.address(),
                DATABASE,
                server.pid());
    }
}
