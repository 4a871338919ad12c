package dev.tasker.benchmarks.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/// The server that the benchmarks ran on.
public record Postgres(
        @JsonProperty("version") String version,
        @JsonProperty("settings") Map<String, String> settings) {}
