package dev.tasker.benchmarks.history;

import dev.tasker.benchmarks.compare.Median;
import java.util.List;
import java.util.stream.IntStream;

/// Ratios of values that were measured in the same rounds.
final class Ratios {
    private Ratios() {}

    static double median(List<Double> values, List<Double> others) {
        return Median.of(IntStream.range(0, values.size())
                .mapToObj(round -> values.get(round) / others.get(round))
                .toList());
    }
}
