package dev.tasker.benchmarks.polyglot;

import com.fasterxml.jackson.annotation.JsonProperty;

/// CPU microseconds per call on the context's thread; medians of all rounds.
record CallResult(
        @JsonProperty("language") String language,
        @JsonProperty("mode") String mode,
        @JsonProperty("order_call_us") double orderMicros,
        @JsonProperty("echo_call_us") double echoMicros) {}
