package dev.tasker.archive;

import dev.tasker.error.InvalidRequestException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/// Moves what ended long ago out of the live tables.
///
/// A run is a row of short transactions with pauses in between, so that engines keep the database for
/// themselves most of the time. It may be broken off anywhere, also by `kill -9`: what was moved is moved, and
/// the next run goes on with the rest. Several runs at once share the work.
public final class Archiver {
    private final ArchiveBatches batches;
    private final Pause pause;

    /// @param pause waits; `Thread::sleep` outside of tests
    public Archiver(ArchiveBatches batches, Pause pause) {
        this.batches = batches;
        this.pause = pause;
    }

    /// How a run waits between two batches.
    @FunctionalInterface
    public interface Pause {
        void rest(Duration time) throws InterruptedException;
    }

    /// A plan for tasks that ended more than `retention` ago; see [ArchivePlan#olderThan].
    ///
    /// @throws InvalidRequestException RETENTION_INVALID
    public ArchivePlan planOlderThan(Duration retention) {
        return ArchivePlan.olderThan(retention, batches.now());
    }

    /// A plan for tasks that ended before a time; see [ArchivePlan#endedBefore].
    ///
    /// @throws InvalidRequestException RETENTION_INVALID
    public ArchivePlan planEndedBefore(Instant before) {
        return ArchivePlan.endedBefore(before, batches.now());
    }

    /// What a run would find now. Changes nothing.
    public ArchiveOutlook outlook(ArchivePlan plan) {
        return batches.outlook(plan.before());
    }

    /// Moves all that the plan means, and tends the partitions of the transition tables at the end. Blocks
    /// until then.
    ///
    /// @param progress is told after every batch
    /// @throws InterruptedException in a pause; what was moved is moved
    public ArchiveResult run(ArchivePlan plan, Consumer<ArchiveResult> progress) throws InterruptedException {
        ArchiveResult result = ArchiveResult.NOTHING;
        ArchivePosition position = ArchivePosition.START;
        while (true) {
            ArchiveBatch batch = batches.move(plan, position);
            position = batch.end();
            result = result.plus(batch);
            progress.accept(result);
            if (batch.seen() < plan.batchTasks()) {
                break;
            }
            pause.rest(plan.pauseAfter(batch.took()));
        }
        List<String> dropped = batches.tendPartitions(plan.before());
        return result.withDroppedPartitions(dropped);
    }
}
