package dev.tasker.benchmarks.command;

import dev.tasker.benchmarks.compare.ComparisonPlan;
import dev.tasker.benchmarks.report.ComparisonPlots;
import dev.tasker.benchmarks.report.ComparisonReport;
import dev.tasker.benchmarks.report.ComparisonTable;
import dev.tasker.benchmarks.report.JsonFile;
import dev.tasker.benchmarks.round.RoundResult;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.server.benchmark.Workload;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `benchmarks/run`
@Command(
        name = "benchmarks/run",
        description = {
            "Measures Tasker beside other systems, on a PostgreSQL of its own with durable settings.",
            "Prints a table, and writes latest.json, targets.json and plots.",
            "Exit code 0, 1 where a binding target is missed, 2 for bad input."
        },
        footer = {
            "",
            "Examples:",
            "  benchmarks/run",
            "  benchmarks/run --workload W1 --in-flight 32 --systems tasker,db-scheduler --rounds 7"
        })
public final class RunCommand implements Callable<Integer> {
    static final int TARGET_MISSED = 1;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often everything is measured (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--workload", paramLabel = "W", split = ",", description = "W1 to W5 (default: all).")
    private List<String> workloads =
            Arrays.stream(Workload.values()).map(Enum::name).toList();

    @Option(
            names = "--systems",
            paramLabel = "SYSTEM",
            split = ",",
            description = "tasker, dbos-java, db-scheduler, baseline (default: all).")
    private List<String> systems = MeasuredSystem.keys();

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            split = ",",
            description = "Tasks at once, or burst: 10,000 tasks begun together (default: 1,32).")
    private List<String> inFlight = List.of("1", "32");

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
        ComparisonPlan plan = plan();
        Path output = shared.output();
        try (Session session = Session.open(shared.dataFolder())) {
            List<RoundResult> results = session.compare(plan);
            ComparisonReport report =
                    ComparisonReport.of(session.machine(), session.postgres(), plan.rounds(), results);
            JsonFile.write(output.resolve("latest.json"), report);
            System.out.print(ComparisonTable.of(report));
            ComparisonPlots.write(report, output);
            if (plan.systems().contains(MeasuredSystem.TASKER)) {
                Session.print(session.targets(plan.rounds(), results), output);
            }
            Progress.say("written to " + output);
            return report.holds() ? CommandLine.ExitCode.OK : TARGET_MISSED;
        }
    }

    private ComparisonPlan plan() {
        shared.require(rounds > 0, "--rounds", "must be above 0");
        return new ComparisonPlan(
                rounds,
                workloads.stream().map(this::workload).distinct().toList(),
                systems.stream().map(this::system).distinct().toList(),
                inFlight.stream().map(this::tasks).distinct().toList(),
                shared.length());
    }

    private Workload workload(String name) {
        return Arrays.stream(Workload.values())
                .filter(workload -> workload.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> shared.problem("--workload", "there is no workload `" + name + "`; there are W1 to W5"));
    }

    private MeasuredSystem system(String name) {
        return MeasuredSystem.named(name)
                .orElseThrow(() -> shared.problem(
                        "--systems",
                        "there is no system `" + name + "`; there are " + String.join(", ", MeasuredSystem.keys())));
    }

    private int tasks(String text) {
        if (text.equals("burst")) {
            return ComparisonPlan.BURST;
        }
        int most = ComparisonPlan.BURST - 1;
        if (!text.matches("[1-9]\\d{0,4}") || Integer.parseInt(text) > most) {
            throw shared.problem(
                    "--in-flight", "`" + text + "` is neither a number from 1 to " + most + " nor `burst`");
        }
        return Integer.parseInt(text);
    }
}
