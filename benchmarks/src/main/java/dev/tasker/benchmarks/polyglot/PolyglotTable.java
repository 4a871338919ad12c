package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.report.Machine;
import dev.tasker.benchmarks.targets.Target;
import dev.tasker.server.output.TextTable;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The report for people.
final class PolyglotTable {
    private PolyglotTable() {}

    static String of(PolyglotReport report) {
        return head(report)
                + section(report.calls(), PolyglotTable::calls)
                + section(report.pipe(), PolyglotTable::pipe)
                + section(report.startup(), PolyglotTable::startup)
                + section(report.memory(), PolyglotTable::memory)
                + section(report.throughput(), PolyglotTable::throughput)
                + section(report.targets(), PolyglotTable::targets);
    }

    private static String head(PolyglotReport report) {
        Machine machine = report.machine();
        String noise = Quietness.isNoisy(report.busyCores())
                ? String.format(
                        Locale.ROOT,
                        "The machine was NOT QUIET: %.1f cores were busy with other work at the start.%n",
                        report.busyCores())
                : "";
        return String.format(
                Locale.ROOT,
                "%s, %d cores, %,d MB; %s; medians of %d %s%n%s",
                machine.cpu(),
                machine.cores(),
                machine.memoryMegabytes(),
                machine.java(),
                report.rounds(),
                report.rounds() == 1 ? "round" : "rounds",
                noise);
    }

    private static <T> String section(List<T> results, Function<List<T>, String> text) {
        return results.isEmpty() ? "" : "\n" + text.apply(results);
    }

    private static String calls(List<CallResult> calls) {
        TextTable table = new TextTable("CALLS", "MODE", "ORDER, CPU US", "ECHO, CPU US", "INTERPRETED/COMPILED");
        for (CallResult call : calls) {
            List<Double> ratio =
                    call.mode().equals(Mode.COMPILED.key()) ? PolyglotTargets.ratio(calls, call) : List.of();
            table.row(
                    call.language(),
                    call.mode(),
                    number(call.orderMicros()),
                    number(call.echoMicros()),
                    ratio.isEmpty() ? "" : number(ratio.getFirst()));
        }
        return table.toString();
    }

    private static String pipe(List<PipeResult> pipe) {
        TextTable table = new TextTable("ORDER THROUGH A PIPE", "RUNTIME", "WALL US", "CPU US, BOTH ENDS");
        for (PipeResult result : pipe) {
            String version = result.version();
            table.row(
                    result.language(),
                    version == null ? result.runtime() + " is not installed" : version,
                    number(result.wallMicros()),
                    number(result.cpuMicros()));
        }
        return table.toString();
    }

    private static String startup(List<StartResult> startup) {
        TextTable table = new TextTable("START-UP", "SECONDS", "ALL ROUNDS");
        for (StartResult start : startup) {
            table.row(
                    start.what(),
                    number(start.seconds()),
                    start.rounds().stream().map(PolyglotTable::number).collect(Collectors.joining(" ")));
        }
        return table.toString();
    }

    private static String memory(List<MemoryResult> memory) {
        TextTable table = new TextTable("MEMORY", "CONTEXTS", "RSS MB", "EACH FURTHER ONE ADDS", "LIVE HEAP MB");
        for (MemoryResult look : memory) {
            MemoryResult first = memory.stream()
                    .filter(other -> other.language().equals(look.language()))
                    .findFirst()
                    .orElseThrow();
            int more = look.contexts() - first.contexts();
            table.row(
                    look.language(),
                    String.valueOf(look.contexts()),
                    number(look.residentMib()),
                    more == 0 ? "" : number((look.residentMib() - first.residentMib()) / more),
                    number(look.heapMib()));
        }
        return table.toString();
    }

    private static String throughput(List<ThroughputResult> throughput) {
        TextTable table =
                new TextTable("THROUGH THE ENGINE", "IN FLIGHT", "STEPS/S", "CPU S/1000 STEPS", "P50 MS", "RSS MB");
        for (ThroughputResult result : throughput) {
            table.row(
                    result.work(),
                    String.valueOf(result.inFlight()),
                    number(result.stepsPerSecond()),
                    String.format(Locale.ROOT, "%.3f", result.seconds()),
                    number(result.p50Millis()),
                    number(result.residentMegabytes()));
        }
        return table.toString();
    }

    private static String targets(List<Target> targets) {
        TextTable table = new TextTable("TARGET", "MEASURED", "LIMIT", "");
        for (Target target : targets) {
            table.row(
                    target.what(),
                    number(target.measured()) + " " + target.unit(),
                    target.comparison() + " " + number(target.limit()) + " " + target.unit(),
                    target.holds() ? "pass" : "FAIL");
        }
        return table.toString();
    }

    private static String number(@Nullable Double value) {
        if (value == null) {
            return "-";
        }
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f", value);
    }
}
