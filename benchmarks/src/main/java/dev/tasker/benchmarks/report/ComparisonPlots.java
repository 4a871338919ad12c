package dev.tasker.benchmarks.report;

import dev.tasker.benchmarks.compare.ComparisonPlan;
import dev.tasker.benchmarks.compare.Median;
import dev.tasker.benchmarks.round.RoundResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/// A comparison as plots: steps per second and latency, one plot each for every number of tasks in flight.
public final class ComparisonPlots {
    private static final double FILL = 0.9;

    private ComparisonPlots() {}

    /// Writes `steps-per-second-N` and `p50-N` as SVG and PNG, for N in flight.
    public static void write(ComparisonReport report, Path folder) {
        List<Integer> inFlight = report.results().stream()
                .map(RoundResult::inFlight)
                .distinct()
                .sorted()
                .toList();
        for (int tasks : inFlight) {
            List<RoundResult> results = report.results().stream()
                    .filter(result -> result.inFlight() == tasks)
                    .toList();
            String label = tasks == ComparisonPlan.BURST ? "burst" : String.valueOf(tasks);
            Plot.write(
                    chart(
                            results,
                            "Steps per second, " + label + " in flight",
                            "steps/s, higher is better",
                            RoundResult::stepsPerSecond),
                    folder,
                    "steps-per-second-" + label);
            Plot.write(
                    chart(
                            results,
                            "Creation to completion of a task, " + label + " in flight",
                            "p50 in ms, lower is better",
                            RoundResult::p50Millis),
                    folder,
                    "p50-" + label);
        }
    }

    private static CategoryChart chart(
            List<RoundResult> results, String title, String axis, ToDoubleFunction<RoundResult> value) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(Plot.WIDTH)
                .height(Plot.HEIGHT)
                .title(title)
                .xAxisTitle("workload; medians of all rounds")
                .yAxisTitle(axis)
                .build();
        chart.getStyler().setAvailableSpaceFill(FILL);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        List<String> workloads =
                results.stream().map(RoundResult::workload).distinct().sorted().toList();
        results.stream()
                .map(RoundResult::system)
                .distinct()
                .sorted()
                .forEach(system -> chart.addSeries(system, workloads, medians(results, system, workloads, value)));
        return chart;
    }

    private static List<@Nullable Double> medians(
            List<RoundResult> results, String system, List<String> workloads, ToDoubleFunction<RoundResult> value) {
        List<@Nullable Double> medians = new ArrayList<>();
        for (String workload : workloads) {
            List<Double> values = results.stream()
                    .filter(result ->
                            result.system().equals(system) && result.workload().equals(workload))
                    .map(value::applyAsDouble)
                    .toList();
            medians.add(values.isEmpty() ? null : Median.of(values));
        }
        return medians;
    }
}
