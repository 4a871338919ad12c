package dev.tasker.benchmarks.targets;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What creation costs, and how many statements a wave is.
///
/// @param createP50Millis   one task of 6 steps, created alone, one after the other
/// @param batchTasksPerSecond tasks of 6 steps, in batches of 1,000
public record CreationResult(
        @JsonProperty("create_p50_ms") double createP50Millis,
        @JsonProperty("create_p99_ms") double createP99Millis,
        @JsonProperty("batch_tasks_per_second") double batchTasksPerSecond,
        @JsonProperty("statements_per_wave") double statementsPerWave,
        @JsonProperty("outcomes_per_wave_max") int outcomesPerWaveMax) {}
