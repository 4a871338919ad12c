package dev.tasker.benchmarks.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.internal.chartpart.Chart;

/// A chart as files.
final class Plot {
    static final int WIDTH = 900;
    static final int HEIGHT = 520;

    private Plot() {}

    /// Writes `name.svg` and `name.png`.
    static void write(Chart<?, ?> chart, Path folder, String name) {
        String file = folder.resolve(name).toString();
        try {
            ChartEncoder.saveChart(chart, file, "svg");
            ChartEncoder.saveChart(chart, file, "png");
        } catch (IOException e) {
            throw new UncheckedIOException("the plot could not be written to " + file, e);
        }
    }
}
