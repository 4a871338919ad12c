package dev.tasker.benchmarks.history;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.benchmarks.compare.Median;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// What archiving takes from an engine on the same database: windows without and with it, in turn.
///
/// @param alone         steps per second without it, one value a round
/// @param beside        with it
/// @param archivedTasks in all windows together
record ArchiveCost(
        @JsonProperty("steps_per_second_alone") List<Double> alone,
        @JsonProperty("steps_per_second_while_archiving") List<Double> beside,
        @JsonProperty("archived_tasks") long archivedTasks,
        @JsonProperty("archived_tasks_per_second") double archivedPerSecond) {
    ArchiveCost {
        alone = List.copyOf(alone);
        beside = List.copyOf(beside);
    }

    static ArchiveCost measure(Side side, int rounds, Duration window) throws InterruptedException {
        List<Double> alone = new ArrayList<>();
        List<Double> beside = new ArrayList<>();
        AtomicLong archived = new AtomicLong();
        try (EngineRun engine = EngineRun.start(side)) {
            engine.window(window);
            for (int round = 0; round < rounds; round++) {
                alone.add(engine.window(window));
                Thread archiver = Thread.ofPlatform().name("archiver").start(() -> archive(side, archived));
                try {
                    beside.add(engine.window(window));
                } finally {
                    archiver.interrupt();
                    archiver.join();
                }
            }
        }
        return new ArchiveCost(alone, beside, archived.get(), archived.get() / (double) (window.toSeconds() * rounds));
    }

    // As `tasker archive` does by itself: 500 tasks a batch, a fifth of the time.
    private static void archive(Side side, AtomicLong archived) {
        try (Connection connection = side.pool().getConnection();
                PreparedStatement batch = connection.prepareStatement(
                        "SELECT tasks FROM tasker.archive_tasks(tasker.now() - interval '30 days', 500)")) {
            while (true) {
                long start = System.nanoTime();
                try (ResultSet moved = batch.executeQuery()) {
                    moved.next();
                    archived.addAndGet(moved.getLong(1));
                }
                Thread.sleep(Duration.ofNanos(System.nanoTime() - start).multipliedBy(4));
            }
        } catch (InterruptedException _) {
            // The window is over.
        } catch (SQLException e) {
            throw new IllegalStateException("a batch could not be archived", e);
        }
    }

    double median() {
        return Median.of(beside);
    }

    double medianAlone() {
        return Median.of(alone);
    }

    double ratio() {
        return Ratios.median(beside, alone);
    }
}
