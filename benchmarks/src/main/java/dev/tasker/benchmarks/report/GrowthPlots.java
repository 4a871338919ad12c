package dev.tasker.benchmarks.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/// Growth as plots.
public final class GrowthPlots {
    private GrowthPlots() {}

    /// Writes `growth-in-flight` and `growth-steps` as SVG and PNG.
    public static void write(GrowthReport report, Path folder) {
        Plot.write(
                chart(
                        "Tasker: chain of 6",
                        "tasks in flight",
                        GrowthReport.medians(
                                report.inFlight(), GrowthReport.Point::inFlight, GrowthReport.Point::stepsPerSecond)),
                folder,
                "growth-in-flight");
        Plot.write(
                chart(
                        "Tasker: chains, 32 tasks in flight",
                        "steps per task",
                        GrowthReport.medians(
                                report.steps(), GrowthReport.Point::stepsPerTask, GrowthReport.Point::stepsPerSecond)),
                folder,
                "growth-steps");
    }

    private static XYChart chart(String title, String axis, SortedMap<Integer, Double> medians) {
        XYChart chart = new XYChartBuilder()
                .width(Plot.WIDTH)
                .height(Plot.HEIGHT)
                .title(title)
                .xAxisTitle(axis)
                .yAxisTitle("steps per second, median of all rounds")
                .build();
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setLegendVisible(false);
        List<Integer> sizes = new ArrayList<>(medians.keySet());
        chart.addSeries("tasker", sizes, new ArrayList<>(medians.values()));
        return chart;
    }
}
