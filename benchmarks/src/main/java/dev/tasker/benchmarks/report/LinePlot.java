package dev.tasker.benchmarks.report;

import java.nio.file.Path;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/// Lines in one chart, whose vertical axis begins at 0.
public final class LinePlot {
    private final XYChart chart;

    public LinePlot(String title, String xTitle, String yTitle) {
        this.chart = new XYChartBuilder()
                .width(Plot.WIDTH)
                .height(Plot.HEIGHT)
                .title(title)
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build();
        chart.getStyler().setYAxisMin(0.0);
    }

    /// Adds a line through these points.
    public LinePlot line(String name, double[] x, double[] y) {
        chart.addSeries(name, x, y);
        return this;
    }

    /// Writes `name.svg` and `name.png`.
    public void write(Path folder, String name) {
        Plot.write(chart, folder, name);
    }
}
