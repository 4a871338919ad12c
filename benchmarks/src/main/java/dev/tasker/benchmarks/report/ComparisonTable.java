package dev.tasker.benchmarks.report;

import dev.tasker.benchmarks.compare.ComparisonPlan;
import dev.tasker.benchmarks.compare.Median;
import dev.tasker.benchmarks.compare.Ratio;
import dev.tasker.benchmarks.round.RoundResult;
import dev.tasker.server.benchmark.Workload;
import dev.tasker.server.output.TextTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// A comparison for people: medians of all rounds, then the ratios.
public final class ComparisonTable {
    private ComparisonTable() {}

    public static String of(ComparisonReport report) {
        return head(report) + "\n" + medians(report.results()) + "\n" + ratios(report.ratios());
    }

    private static String head(ComparisonReport report) {
        Machine machine = report.machine();
        return String.format(
                Locale.ROOT,
                "%s, %d cores, %,d MB; %s; PostgreSQL %s on the same cores, fsync %s, synchronous_commit %s;"
                        + " medians of %d %s%n",
                machine.cpu(),
                machine.cores(),
                machine.memoryMegabytes(),
                machine.java(),
                report.postgres().version(),
                report.postgres().settings().get("fsync"),
                report.postgres().settings().get("synchronous_commit"),
                report.rounds(),
                report.rounds() == 1 ? "round" : "rounds");
    }

    private static String medians(List<RoundResult> results) {
        TextTable table = new TextTable(
                "WORKLOAD",
                "IN FLIGHT",
                "SYSTEM",
                "STEPS/S",
                "TASKS/S",
                "P50 MS",
                "P99 MS",
                "MAX MS",
                "STATEMENTS/STEP",
                "WAL B/STEP",
                "CPU S/1000 STEPS",
                "RSS MB");
        for (List<RoundResult> rounds : grouped(results).values()) {
            RoundResult first = rounds.getFirst();
            table.row(
                    first.workload(),
                    inFlight(first.inFlight()),
                    first.system() + " " + first.version(),
                    median(rounds, RoundResult::stepsPerSecond, "%,.0f"),
                    median(rounds, RoundResult::tasksPerSecond, "%,.0f"),
                    median(rounds, RoundResult::p50Millis, "%,.2f"),
                    median(rounds, RoundResult::p99Millis, "%,.2f"),
                    median(rounds, RoundResult::maxMillis, "%,.2f"),
                    median(rounds, RoundResult::statementsPerStep, "%,.2f"),
                    median(rounds, RoundResult::walBytesPerStep, "%,.0f"),
                    median(rounds, RoundResult::cpuSecondsPer1000Steps, "%,.3f"),
                    median(rounds, RoundResult::residentMegabytes, "%,.0f"));
        }
        return table.toString();
    }

    private static String ratios(List<Ratio> ratios) {
        if (ratios.isEmpty()) {
            return "no ratios: Tasker and another system have to be measured in the same rounds\n";
        }
        TextTable table =
                new TextTable("WORKLOAD", "IN FLIGHT", "STEPS/S OF TASKER TO", "RATIO", "MIN", "MAX", "TARGET");
        for (Ratio ratio : ratios) {
            table.row(
                    ratio.workload(),
                    inFlight(ratio.inFlight()),
                    ratio.peer(),
                    number("%.2f", ratio.median()),
                    number("%.2f", ratio.min()),
                    number("%.2f", ratio.max()),
                    target(ratio));
        }
        return table.toString();
    }

    private static String target(Ratio ratio) {
        if (ratio.target() == null) {
            return "-";
        }
        return number(">= %.1f ", ratio.target()) + (Boolean.TRUE.equals(ratio.holds()) ? "holds" : "MISSED");
    }

    private static Map<String, List<RoundResult>> grouped(List<RoundResult> results) {
        Map<String, List<RoundResult>> groups = results.stream()
                .collect(Collectors.groupingBy(
                        result -> "%s %09d %s".formatted(result.workload(), result.inFlight(), result.system()),
                        LinkedHashMap::new,
                        Collectors.toList()));
        Map<String, List<RoundResult>> sorted = new LinkedHashMap<>();
        for (Workload workload : Workload.values()) {
            groups.entrySet().stream()
                    .filter(group -> group.getKey().startsWith(workload.name()))
                    .sorted((one, other) -> Integer.compare(
                            one.getValue().getFirst().inFlight(),
                            other.getValue().getFirst().inFlight()))
                    .forEach(group -> sorted.put(group.getKey(), group.getValue()));
        }
        return sorted;
    }

    private static String inFlight(int tasks) {
        return tasks == ComparisonPlan.BURST ? "burst" : String.valueOf(tasks);
    }

    private static String median(List<RoundResult> rounds, ToDoubleFunction<RoundResult> value, String format) {
        return number(
                format, Median.of(rounds.stream().map(value::applyAsDouble).toList()));
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
