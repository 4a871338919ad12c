package dev.tasker.benchmarks.command;

import dev.tasker.benchmarks.compare.Comparison;
import dev.tasker.benchmarks.compare.ComparisonPlan;
import dev.tasker.benchmarks.postgres.BenchmarkServer;
import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.benchmarks.process.ChildProcess;
import dev.tasker.benchmarks.report.JsonFile;
import dev.tasker.benchmarks.report.Machine;
import dev.tasker.benchmarks.report.Postgres;
import dev.tasker.benchmarks.report.TargetsReport;
import dev.tasker.benchmarks.round.RoundOrder;
import dev.tasker.benchmarks.round.RoundResult;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.benchmarks.targets.CreationMain;
import dev.tasker.benchmarks.targets.CreationOrder;
import dev.tasker.benchmarks.targets.CreationResult;
import dev.tasker.benchmarks.targets.Targets;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.server.benchmark.Workload;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A server that was started for one call of `benchmarks/run`.
final class Session implements AutoCloseable {
    private static final String DATABASE = "benchmark";
    private static final int CREATED_TASKS = 2_000;
    private static final int CREATED_BATCHES = 10;

    private final BenchmarkServer server;
    private final ServerConnection connection;

    private Session(BenchmarkServer server, ServerConnection connection) {
        this.server = server;
        this.connection = connection;
    }

    static Session open(Path dataFolder) {
        BenchmarkServer server = BenchmarkServer.start(dataFolder, BenchmarkServer.Room.FOR_RUNS);
        return new Session(server, ServerConnection.open(server.address()));
    }

    Machine machine() {
        return Machine.here();
    }

    Postgres postgres() {
        return new Postgres(connection.version(), connection.settings());
    }

    List<RoundResult> compare(ComparisonPlan plan) throws InterruptedException {
        return new Comparison(server, connection, Progress::say).run(plan);
    }

    /// Measures Tasker on a chain of any length.
    RoundResult chain(int steps, int inFlight, int round, RoundOrder.Length length) throws InterruptedException {
        return new Comparison(server, connection, Progress::say)
                .measure(new RoundOrder(
                        MeasuredSystem.TASKER,
                        Workload.W1,
                        steps,
                        HandlerRuntime.JAVA,
                        round,
                        inFlight,
                        length,
                        server.address(),
                        DATABASE,
                        server.pid()));
    }

    /// Tasker's targets from rounds that were measured, and from the creation of tasks, which is measured now.
    TargetsReport targets(int rounds, List<RoundResult> results) throws InterruptedException {
        Progress.say("creation of tasks, statements of waves");
        return new TargetsReport(machine(), postgres(), rounds, Targets.of(results, Optional.of(creation())));
    }

    private CreationResult creation() throws InterruptedException {
        connection.recreateDatabase(DATABASE);
        connection.checkpoint();
        try {
            return new ChildProcess(CreationMain.class, List.of())
                    .run(
                            new CreationOrder(server.address(), DATABASE, CREATED_TASKS, CREATED_BATCHES),
                            CreationResult.class);
        } finally {
            connection.dropDatabase(DATABASE);
        }
    }

    @Override
    public void close() {
        connection.close();
        server.close();
    }

    /// Prints and writes targets.
    static void print(TargetsReport report, Path output) {
        JsonFile.write(output.resolve("targets.json"), report);
        System.out.print("\n" + report.table());
    }
}
