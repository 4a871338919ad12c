package dev.tasker.benchmarks.command;

import dev.tasker.benchmarks.report.GrowthPlots;
import dev.tasker.benchmarks.report.GrowthReport;
import dev.tasker.benchmarks.report.GrowthReport.Point;
import dev.tasker.benchmarks.report.JsonFile;
import dev.tasker.benchmarks.round.RoundOrder;
import dev.tasker.benchmarks.round.RoundResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `benchmarks/run growth`
@Command(
        name = "growth",
        description = {
            "Measures how Tasker's steps per second change with the tasks in flight and with the steps of a task.",
            "Prints two tables, and writes growth.json and plots."
        })
public final class GrowthCommand implements Callable<Integer> {
    private static final int CHAIN_STEPS = 6;
    private static final int CHAIN_IN_FLIGHT = 32;
    private static final int SIZE_MAX = 1_000;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often each size is measured (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--sizes",
            paramLabel = "N",
            split = ",",
            description = "Tasks in flight, and steps of a task, from 1 to 1000 (default: 1,2,5, and so on).")
    private List<Integer> sizes = List.of(1, 2, 5, 10, 20, 50, 100, 200, 500, SIZE_MAX);

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Override
    public Integer call() throws InterruptedException {
        shared.require(rounds > 0, "--rounds", "must be above 0");
        shared.require(sizes.stream().allMatch(size -> size >= 1 && size <= SIZE_MAX), "--sizes", "from 1 to 1000");
        RoundOrder.Length length = shared.length();
        Path output = shared.output();
        try (Session session = Session.open(shared.dataFolder())) {
            List<Point> inFlight = new ArrayList<>();
            List<Point> steps = new ArrayList<>();
            for (int round = 1; round <= rounds; round++) {
                for (int size : sizes) {
                    inFlight.add(point(session, new Point.Size(CHAIN_STEPS, size, round), length));
                    steps.add(point(session, new Point.Size(size, CHAIN_IN_FLIGHT, round), length));
                }
            }
            GrowthReport report = new GrowthReport(session.machine(), session.postgres(), rounds, inFlight, steps);
            JsonFile.write(output.resolve("growth.json"), report);
            System.out.print(report.table());
            GrowthPlots.write(report, output);
            Progress.say("written to " + output);
            return CommandLine.ExitCode.OK;
        }
    }

    private static Point point(Session session, Point.Size size, RoundOrder.Length length) throws InterruptedException {
        RoundResult result = session.chain(size.steps(), size.inFlight(), size.round(), warmUp(size.steps(), length));
        Progress.say("round %d  chain of %d, %d in flight: %,.0f steps/s"
                .formatted(size.round(), size.steps(), size.inFlight(), result.stepsPerSecond()));
        return Point.of(size, result);
    }

    /// The same number of steps whatever their number per task.
    private static RoundOrder.Length warmUp(int steps, RoundOrder.Length length) {
        long tasks = Math.max(1, length.warmUpTasks() * CHAIN_STEPS / steps);
        return new RoundOrder.Length(length.tasks(), length.seconds(), tasks, length.warmUpSeconds());
    }
}
