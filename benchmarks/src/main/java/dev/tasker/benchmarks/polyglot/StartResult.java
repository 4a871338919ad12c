package dev.tasker.benchmarks.polyglot;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/// Seconds from the start of a process.
///
/// @param seconds the median
/// @param rounds  every value
record StartResult(
        @JsonProperty("what") String what,
        @JsonProperty("seconds") double seconds,
        @JsonProperty("rounds") List<Double> rounds) {
    static final String DEMO_FIRST_GUEST = "second demo, first guest handler";
    static final String DEMO_END = "second demo, end";
    static final String JAVASCRIPT_RUN = "JavaScript-only run, end";
    static final String WORKER_READY = "worker with three languages, ready";

    StartResult {
        rounds = List.copyOf(rounds);
    }
}
