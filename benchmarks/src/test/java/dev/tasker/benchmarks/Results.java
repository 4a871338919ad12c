package dev.tasker.benchmarks;

import dev.tasker.benchmarks.round.RoundResult;

/// Results of rounds that never were.
public final class Results {
    private Results() {}

    /// On W1 with 32 in flight.
    public static RoundResult of(String system, int round, double stepsPerSecond) {
        return of(system, "W1", 32, round, stepsPerSecond);
    }

    public static RoundResult of(String system, String workload, int inFlight, int round, double stepsPerSecond) {
        return new RoundResult(
                system,
                "1.0",
                workload,
                round,
                inFlight,
                stepsPerSecond,
                stepsPerSecond / 6,
                2.5,
                9.75,
                20,
                0.125,
                1_500,
                0.25,
                321);
    }
}
