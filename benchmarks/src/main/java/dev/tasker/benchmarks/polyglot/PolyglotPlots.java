package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.report.BarPlot;
import java.nio.file.Path;
import java.util.List;

/// Calls and throughput as plots.
final class PolyglotPlots {
    private PolyglotPlots() {}

    /// Writes `polyglot-calls` and `polyglot-throughput` as SVG and PNG, if they were measured.
    static void write(PolyglotReport report, Path folder) {
        if (!report.calls().isEmpty()) {
            calls(report.calls()).write(folder, "polyglot-calls");
        }
        if (!report.throughput().isEmpty()) {
            throughput(report.throughput()).write(folder, "polyglot-throughput");
        }
    }

    private static BarPlot calls(List<CallResult> calls) {
        List<String> languages =
                calls.stream().map(CallResult::language).distinct().toList();
        BarPlot plot = new BarPlot(
                "Order call: 10 line items in, totals and 10 lines out",
                "language",
                "CPU us per call, lower is better",
                languages);
        for (Mode mode : Mode.values()) {
            List<Double> values = calls.stream()
                    .filter(call -> call.mode().equals(mode.key()))
                    .map(CallResult::orderMicros)
                    .toList();
            if (values.size() == languages.size()) {
                plot.bars(mode.key(), values);
            }
        }
        return plot;
    }

    private static BarPlot throughput(List<ThroughputResult> throughput) {
        return new BarPlot(
                        "Chains of 6 through the engine, 32 in flight",
                        "language; W5 has all four",
                        "steps/s, higher is better",
                        throughput.stream().map(ThroughputResult::work).toList())
                .bars(
                        "steps per second",
                        throughput.stream()
                                .map(ThroughputResult::stepsPerSecond)
                                .toList());
    }
}
