package dev.tasker.benchmarks.targets;

import dev.tasker.benchmarks.compare.Median;
import dev.tasker.benchmarks.round.RoundResult;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.server.benchmark.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// What Tasker is to reach alone, with one task at a time.
public final class Targets {
    private static final String MILLIS = "ms";

    private Targets() {}

    /// Those for which something was measured: medians of all rounds.
    public static List<Target> of(List<RoundResult> results, Optional<CreationResult> creation) {
        List<Target> targets = new ArrayList<>();
        addLatency(targets, results, new Limit(Workload.W1, "chain of 6, p50", 3), RoundResult::p50Millis);
        addLatency(targets, results, new Limit(Workload.W1, "chain of 6, p99", 10), RoundResult::p99Millis);
        addLatency(targets, results, new Limit(Workload.W2, "diamond of 4, p50", 3), RoundResult::p50Millis);
        addLatency(targets, results, new Limit(Workload.W3, "fan-out of 50, p50", 8), RoundResult::p50Millis);
        creation.ifPresent(measured -> {
            targets.add(Target.atMost("creation of a task of 6, p50", MILLIS, 1.5, measured.createP50Millis()));
            targets.add(Target.atLeast("creation in batches", "tasks/s", 5_000, measured.batchTasksPerSecond()));
            targets.add(Target.atMost(
                    "statements of a wave of up to " + measured.outcomesPerWaveMax() + " outcomes",
                    "",
                    1,
                    measured.statementsPerWave()));
        });
        return targets;
    }

    private record Limit(Workload workload, String what, double millis) {}

    private static void addLatency(
            List<Target> targets, List<RoundResult> results, Limit limit, ToDoubleFunction<RoundResult> value) {
        List<Double> measured = results.stream()
                .filter(result -> result.system().equals(MeasuredSystem.TASKER.key())
                        && result.inFlight() == 1
                        && result.workload().equals(limit.workload.name()))
                .map(value::applyAsDouble)
                .toList();
        if (!measured.isEmpty()) {
            targets.add(Target.atMost(limit.what, MILLIS, limit.millis, Median.of(measured)));
        }
    }
}
