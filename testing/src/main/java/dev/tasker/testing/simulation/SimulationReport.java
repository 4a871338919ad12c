package dev.tasker.testing.simulation;

import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/// What a simulation did; every invariant held.
///
/// @param turns  by kind, faults among them
/// @param ends   tasks by the state in which they ended
/// @param longest the most turns that one schedule took
public record SimulationReport(
        long seed,
        int schedules,
        Map<String, Integer> turns,
        Map<TaskState, Integer> ends,
        int longest,
        Duration took) {
    public SimulationReport {
        turns = Map.copyOf(turns);
        ends = Map.copyOf(ends);
    }

    /// Schedules per minute of real time.
    public long perMinute() {
        return Math.round(schedules * 60_000.0 / Math.max(1, took.toMillis()));
    }

    @Override
    public String toString() {
        return "seed " + seed + ": " + schedules + " schedules in " + took.toMillis() + " ms (" + perMinute()
                + " a minute), longest " + longest + " turns; tasks " + new TreeMap<>(ends) + "; turns "
                + new TreeMap<>(turns);
    }
}
