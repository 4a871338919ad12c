package dev.tasker.benchmarks.history;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/// What a figure came to: medians of rounds.
///
/// @param unit   of measured, target and withoutHistory: ms, or steps/s
/// @param target null where only the ratio is promised
/// @param withoutHistory null where it was not measured there
/// @param ratio  of the two, null likewise
record FigureResult(
        @JsonProperty("group") String group,
        @JsonProperty("figure") String figure,
        @JsonProperty("unit") String unit,
        @JsonProperty("target") @Nullable Double target,
        @JsonProperty("measured") double measured,
        @JsonProperty("without_history") @Nullable Double withoutHistory,
        @JsonProperty("ratio") @Nullable Double ratio,
        @JsonProperty("ratio_target") @Nullable Double ratioTarget,
        @JsonProperty("passed") boolean passed) {}
