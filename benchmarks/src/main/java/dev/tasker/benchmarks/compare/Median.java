package dev.tasker.benchmarks.compare;

import java.util.Collection;

/// The value in the middle.
public final class Median {
    private Median() {}

    /// The mean of the two in the middle where the number of values is even.
    public static double of(Collection<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("nothing has no median");
        }
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
