package dev.tasker.benchmarks.history;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.archive.ArchivePlan;
import dev.tasker.archive.Archiver;
import dev.tasker.benchmarks.compare.Median;
import dev.tasker.server.benchmark.Workload;
import dev.tasker.store.ArchiveStore;
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
    private static final Duration RETENTION = Duration.ofDays(30);

    ArchiveCost {
        alone = List.copyOf(alone);
        beside = List.copyOf(beside);
    }

    static ArchiveCost measure(Side side, int rounds, Duration window) throws InterruptedException {
        List<Double> alone = new ArrayList<>();
        List<Double> beside = new ArrayList<>();
        AtomicLong archived = new AtomicLong();
        try (EngineRun engine = EngineRun.start(side, Workload.W1)) {
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
        Archiver archiver = new Archiver(new ArchiveStore(side.database()), Thread::sleep);
        ArchivePlan plan = archiver.planOlderThan(RETENTION);
        AtomicLong before = new AtomicLong();
        try {
            archiver.run(
                    plan,
                    result -> archived.addAndGet(result.moved().tasks()
                            - before.getAndSet(result.moved().tasks())));
        } catch (InterruptedException _) {
            // The window is over.
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
