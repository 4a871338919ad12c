package dev.tasker.benchmarks.polyglot;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/// The order call through a pipe; microseconds per call, medians of all rounds. Null where the runtime is
/// missing.
///
/// @param cpuMicros of both ends
record PipeResult(
        @JsonProperty("language") String language,
        @JsonProperty("runtime") String runtime,
        @JsonProperty("version") @Nullable String version,
        @JsonProperty("order_wall_us") @Nullable Double wallMicros,
        @JsonProperty("order_cpu_us") @Nullable Double cpuMicros) {
    static PipeResult missing(PipeRuntime runtime) {
        return new PipeResult(runtime.language(), runtime.program(), null, null, null);
    }
}
