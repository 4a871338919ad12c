package dev.tasker.benchmarks.command;

import dev.tasker.benchmarks.compare.ComparisonPlan;
import dev.tasker.benchmarks.report.TargetsReport;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.server.benchmark.Workload;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `benchmarks/run targets`
@Command(
        name = "targets",
        description = "Measures Tasker alone, one task at a time, against its targets for latency and creation.")
public final class TargetsCommand implements Callable<Integer> {
    private static final List<Workload> WORKLOADS = List.of(Workload.W1, Workload.W2, Workload.W3);

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often everything is measured (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

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
        ComparisonPlan plan =
                new ComparisonPlan(rounds, WORKLOADS, List.of(MeasuredSystem.TASKER), List.of(1), shared.length());
        Path output = shared.output();
        try (Session session = Session.open(shared.dataFolder())) {
            TargetsReport report = session.targets(rounds, session.compare(plan));
            Session.print(report, output);
            return report.targets().stream().allMatch(target -> target.holds())
                    ? CommandLine.ExitCode.OK
                    : RunCommand.TARGET_MISSED;
        }
    }
}
