package dev.tasker.benchmarks.history;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.benchmarks.compare.Median;
import dev.tasker.server.benchmark.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Engines on both databases, measured in turn.
///
/// @param finished the size of the history
/// @param with     steps per second, one value a round
/// @param without  the same without history, in the same rounds
record Throughput(
        @JsonProperty("finished_tasks") long finished,
        @JsonProperty("steps_per_second") List<Double> with,
        @JsonProperty("without_history") List<Double> without) {
    Throughput {
        with = List.copyOf(with);
        without = List.copyOf(without);
    }

    static Throughput measure(Workload work, long finished, Side with, Side without, int rounds, Duration window)
            throws InterruptedException {
        List<Double> ratesWith = new ArrayList<>();
        List<Double> ratesWithout = new ArrayList<>();
        try (EngineRun first = EngineRun.start(with, work);
                EngineRun second = EngineRun.start(without, work)) {
            first.window(window);
            second.window(window);
            for (int round = 0; round < rounds; round++) {
                // Whoever comes second meets what the first one has left in caches and write-ahead log.
                if (round % 2 == 0) {
                    ratesWith.add(first.window(window));
                    ratesWithout.add(second.window(window));
                } else {
                    ratesWithout.add(second.window(window));
                    ratesWith.add(first.window(window));
                }
            }
        }
        return new Throughput(finished, ratesWith, ratesWithout);
    }

    double median() {
        return Median.of(with);
    }

    double medianWithout() {
        return Median.of(without);
    }

    /// The median of the rounds' ratios.
    double ratio() {
        return Ratios.median(with, without);
    }
}
