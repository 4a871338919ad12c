package dev.tasker.testing.simulation;

import dev.tasker.testing.database.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The turns of one schedule, for people. Names and no ids: the same seed gives the same text.
final class TurnLog {
    private final VirtualClock clock;
    private final Instant start;
    private final List<String> lines = new ArrayList<>();
    private final Map<String, Integer> counts = new TreeMap<>();
    private int turns;

    TurnLog(VirtualClock clock) {
        this.clock = clock;
        this.start = clock.instant();
    }

    /// Notes something that is no turn.
    void note(String text) {
        lines.add("      " + text);
    }

    /// Notes the next turn.
    ///
    /// @param kind counted in the report
    void turn(String kind, String text) {
        turns++;
        counts.merge(kind, 1, Integer::sum);
        double seconds = Duration.between(start, clock.instant()).toMillis() / 1000.0;
        lines.add(String.format(Locale.ROOT, "%4d  +%.3fs  %s", turns, seconds, text));
    }

    /// Adds to the line of the last turn.
    void more(String text) {
        lines.set(lines.size() - 1, lines.getLast() + text);
    }

    int turns() {
        return turns;
    }

    Map<String, Integer> counts() {
        return counts;
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }
}
