package dev.tasker.benchmarks.history;

import dev.tasker.benchmarks.report.LinePlot;
import java.nio.file.Path;
import java.util.List;

/// How fast an engine is as the history beside it grows.
final class HistoryPlot {
    private HistoryPlot() {}

    /// Writes `history.svg` and `history.png`.
    static void write(List<Throughput> growth, Path folder) {
        double[] sizes = growth.stream().mapToDouble(Throughput::finished).toArray();
        new LinePlot(
                        "Chain of 6, " + EngineRun.IN_FLIGHT + " in flight",
                        "finished tasks in the database",
                        "steps per second")
                .line(
                        "with history",
                        sizes,
                        growth.stream().mapToDouble(Throughput::median).toArray())
                .line(
                        "without history, in the same rounds",
                        sizes,
                        growth.stream().mapToDouble(Throughput::medianWithout).toArray())
                .write(folder, "history");
    }
}
