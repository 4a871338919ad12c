package dev.tasker.benchmarks.command;

import java.time.Duration;
import java.util.Locale;

/// Lines on standard error, with the time since the start.
public final class Progress {
    private static final long START = System.nanoTime();

    private Progress() {}

    /// Writes a line.
    public static void say(String line) {
        Duration since = Duration.ofNanos(System.nanoTime() - START);
        System.err.println(String.format(
                Locale.ROOT, "%d:%02d:%02d  %s", since.toHours(), since.toMinutesPart(), since.toSecondsPart(), line));
    }
}
