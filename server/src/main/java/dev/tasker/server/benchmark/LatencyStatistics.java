package dev.tasker.server.benchmark;

import java.util.Arrays;

/// How long tasks took from their creation to the commit of their completion, in milliseconds.
///
/// @param p50 half of them took no longer
/// @param p99 99 of 100 took no longer
public record LatencyStatistics(double p50, double p99, double max) {
    private static final double NANOS_PER_MILLI = 1e6;

    /// Of at least one duration in nanoseconds; the array is sorted.
    public static LatencyStatistics of(long[] nanos) {
        if (nanos.length == 0) {
            throw new IllegalArgumentException("there is nothing to make statistics of");
        }
        Arrays.sort(nanos);
        return new LatencyStatistics(
                percentile(nanos, 50) / NANOS_PER_MILLI,
                percentile(nanos, 99) / NANOS_PER_MILLI,
                nanos[nanos.length - 1] / NANOS_PER_MILLI);
    }

    /// The smallest value that `percent` of all values do not exceed (nearest rank).
    public static long percentile(long[] sorted, double percent) {
        int rank = (int) Math.ceil(percent / 100 * sorted.length);
        return sorted[Math.clamp(rank, 1, sorted.length) - 1];
    }
}
