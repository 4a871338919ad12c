package dev.tasker.benchmarks.report;

import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/// Bars side by side for each of some categories.
public final class BarPlot {
    private static final double FILL = 0.9;

    private final CategoryChart chart;
    private final List<String> categories;

    public BarPlot(String title, String xTitle, String yTitle, List<String> categories) {
        this.categories = List.copyOf(categories);
        this.chart = new CategoryChartBuilder()
                .width(Plot.WIDTH)
                .height(Plot.HEIGHT)
                .title(title)
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build();
        chart.getStyler().setAvailableSpaceFill(FILL);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    }

    /// Adds a bar to each category.
    public BarPlot bars(String name, List<Double> values) {
        chart.addSeries(name, categories, values);
        return this;
    }

    /// Writes `name.svg` and `name.png`.
    public void write(Path folder, String name) {
        Plot.write(chart, folder, name);
    }
}
