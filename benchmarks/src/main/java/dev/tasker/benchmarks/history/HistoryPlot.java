package dev.tasker.benchmarks.history;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/// How fast an engine is as the history beside it grows.
final class HistoryPlot {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 520;
    private static final String NAME = "history";

    private HistoryPlot() {}

    /// Writes `history.svg` and `history.png`.
    static void write(List<Throughput> growth, Path folder) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("Chain of 6, " + EngineRun.IN_FLIGHT + " in flight")
                .xAxisTitle("finished tasks in the database")
                .yAxisTitle("steps per second")
                .build();
        chart.getStyler().setYAxisMin(0.0);
        double[] sizes = growth.stream().mapToDouble(Throughput::finished).toArray();
        chart.addSeries(
                "with history",
                sizes,
                growth.stream().mapToDouble(Throughput::median).toArray());
        chart.addSeries(
                "without history, in the same rounds",
                sizes,
                growth.stream().mapToDouble(Throughput::medianWithout).toArray());
        String file = folder.resolve(NAME).toString();
        try {
            ChartEncoder.saveChart(chart, file, "svg");
            ChartEncoder.saveChart(chart, file, "png");
        } catch (IOException e) {
            throw new UncheckedIOException("the plot could not be written to " + file, e);
        }
    }
}
