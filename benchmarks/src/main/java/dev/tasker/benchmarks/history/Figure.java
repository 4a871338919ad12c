package dev.tasker.benchmarks.history;

import java.sql.SQLException;
import java.util.OptionalDouble;

/// Something that is measured, and what was promised of it.
///
/// @param milliseconds the most that it may take
/// @param ratio        the most that it may take in comparison with the database without history
/// @param repeats      executions in a round; the time of a round is their median
record Figure(String group, String name, OptionalDouble milliseconds, OptionalDouble ratio, int repeats, Work work) {
    /// As quick ones are repeated, so that one interruption does not count.
    private static final int REPEATS_QUICK = 25;

    /// Of 0.2 ms a fifth is soon made of noise.
    private static final int REPEATS_COMPARED = 250;

    /// What is timed.
    @FunctionalInterface
    interface Work {
        void run(Side side) throws SQLException;
    }

    /// A quick one, with history alone.
    static Figure below(String group, String name, double milliseconds, Work work) {
        return new Figure(group, name, OptionalDouble.of(milliseconds), OptionalDouble.empty(), REPEATS_QUICK, work);
    }

    /// One that takes so long that it is run once a round.
    static Figure slow(String group, String name, double milliseconds, Work work) {
        return new Figure(group, name, OptionalDouble.of(milliseconds), OptionalDouble.empty(), 1, work);
    }

    /// A quick one, with and without history.
    static Figure compared(String group, String name, double milliseconds, double ratio, Work work) {
        return new Figure(
                group, name, OptionalDouble.of(milliseconds), OptionalDouble.of(ratio), REPEATS_COMPARED, work);
    }
}
