package dev.tasker.server.progress;

import dev.tasker.archive.ArchiveResult;
import dev.tasker.server.output.ArchiveReport;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;

/// Tells how far an archiving run is, in a line every few seconds.
public final class ArchiveProgress implements Consumer<ArchiveResult> {
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final PrintStream out;
    private final long expectedTasks;
    private final InstantSource clock;
    private Instant toldAt;

    public ArchiveProgress(PrintStream out, long expectedTasks, InstantSource clock) {
        this.out = out;
        this.expectedTasks = expectedTasks;
        this.clock = clock;
        this.toldAt = clock.instant();
    }

    /// Tells what is to come.
    public void start(long bytes) {
        out.println("archiving " + ArchiveReport.tasks(expectedTasks) + ", about " + ArchiveReport.bytes(bytes));
    }

    @Override
    public void accept(ArchiveResult soFar) {
        Instant now = clock.instant();
        if (Duration.between(toldAt, now).compareTo(EVERY) >= 0) {
            toldAt = now;
            out.println(soFar.moved().tasks() + " of " + ArchiveReport.tasks(expectedTasks) + " so far");
        }
    }
}
