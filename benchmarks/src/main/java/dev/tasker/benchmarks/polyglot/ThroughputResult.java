package dev.tasker.benchmarks.polyglot;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.benchmarks.compare.Median;
import dev.tasker.benchmarks.round.RoundResult;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Steps through the engine; medians of all rounds.
///
/// @param work    `W5`, or the language of a chain of 6
/// @param seconds of CPU for 1,000 steps, those of PostgreSQL and of the client included
record ThroughputResult(
        @JsonProperty("work") String work,
        @JsonProperty("in_flight") int inFlight,
        @JsonProperty("steps_per_second") double stepsPerSecond,
        @JsonProperty("cpu_seconds_per_1000_steps") double seconds,
        @JsonProperty("p50_ms") double p50Millis,
        @JsonProperty("rss_mb") double residentMegabytes) {
    static final String W5 = "W5";

    static ThroughputResult of(String work, List<RoundResult> rounds) {
        return new ThroughputResult(
                work,
                rounds.getFirst().inFlight(),
                median(rounds, RoundResult::stepsPerSecond),
                median(rounds, RoundResult::cpuSecondsPer1000Steps),
                median(rounds, RoundResult::p50Millis),
                median(rounds, RoundResult::residentMegabytes));
    }

    private static double median(List<RoundResult> rounds, ToDoubleFunction<RoundResult> value) {
        return Median.of(rounds.stream().map(value::applyAsDouble).toList());
    }
}
