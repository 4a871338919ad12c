package dev.tasker.benchmarks.targets;

import com.fasterxml.jackson.annotation.JsonProperty;

/// One target and what was measured.
///
/// @param limit what `measured` may be at most, or has to be at least
public record Target(
        @JsonProperty("what") String what,
        @JsonProperty("unit") String unit,
        @JsonProperty("comparison") String comparison,
        @JsonProperty("limit") double limit,
        @JsonProperty("measured") double measured,
        @JsonProperty("holds") boolean holds) {

    /// Reached by what is not above the limit.
    public static Target atMost(String what, String unit, double limit, double measured) {
        return new Target(what, unit, "<=", limit, measured, measured <= limit);
    }

    /// Reached by what is not below the limit.
    public static Target atLeast(String what, String unit, double limit, double measured) {
        return new Target(what, unit, ">=", limit, measured, measured >= limit);
    }
}
