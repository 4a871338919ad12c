package dev.tasker.benchmarks.round;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What one round of one system came to; the fields are those of `latest.json`.
public record RoundResult(
        @JsonProperty("system") String system,
        @JsonProperty("version") String version,
        @JsonProperty("workload") String workload,
        @JsonProperty("round") int round,
        @JsonProperty("in_flight") int inFlight,
        @JsonProperty("steps_per_second") double stepsPerSecond,
        @JsonProperty("tasks_per_second") double tasksPerSecond,
        @JsonProperty("p50_ms") double p50Millis,
        @JsonProperty("p99_ms") double p99Millis,
        @JsonProperty("max_ms") double maxMillis,
        @JsonProperty("statements_per_step") double statementsPerStep,
        @JsonProperty("wal_bytes_per_step") double walBytesPerStep,
        @JsonProperty("cpu_seconds_per_1000_steps") double cpuSecondsPer1000Steps,
        @JsonProperty("rss_mb") double residentMegabytes) {}
