package dev.tasker.query;

import java.util.Locale;

/// How many rows there are, counted up to a bound.
///
/// @param value     the number, or the bound
/// @param isAtLeast there are more than `value`
public record BoundedCount(long value, boolean isAtLeast) {
    /// How far is counted where nothing else is asked for.
    public static final int DEFAULT_BOUND = 10_000;

    /// What was counted up to a bound.
    ///
    /// @param counted at most one more than the bound
    public static BoundedCount of(long counted, int bound) {
        return new BoundedCount(Math.min(counted, bound), counted > bound);
    }

    /// For people: `1,234`, or `10,000+` where there are more.
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%,d%s", value, isAtLeast ? "+" : "");
    }
}
