package dev.tasker.runtime;

import dev.tasker.execution.ConcurrencyFormula;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How many steps the engine runs at once, beside the slots of its hosts. For the thread of the scheduler.
final class ConcurrencyControl {
    private static final Logger log = LoggerFactory.getLogger(ConcurrencyControl.class);

    private final Pacing pacing;
    private final Supplier<ConcurrencyFormula.Load> load;
    private final Supplier<Optional<ConcurrencyFormula.Pool>> pool;
    private final LongSupplier nanos;
    private boolean known;
    private long knownNanos;
    private int limit;

    ConcurrencyControl(
            Pacing pacing,
            Supplier<ConcurrencyFormula.Load> load,
            Supplier<Optional<ConcurrencyFormula.Pool>> pool,
            LongSupplier nanos) {
        this.pacing = pacing;
        this.load = load;
        this.pool = pool;
        this.nanos = nanos;
        this.limit = pacing.formula().min();
    }

    /// How many steps may start beside those that run.
    int free(int running) {
        return switch (pacing.concurrency()) {
            case FIXED -> Integer.MAX_VALUE;
            case DYNAMIC -> Math.max(0, limit() - running);
        };
    }

    private synchronized int limit() {
        long now = nanos.getAsLong();
        if (known && now - knownNanos < pacing.limitHolds().toNanos()) {
            return limit;
        }
        try {
            limit = pacing.formula().limit(load.get(), pool.get());
            log.atDebug().addKeyValue("steps", limit).log("limit of concurrency");
        } catch (RuntimeException problem) {
            log.atDebug().setCause(problem).log("the database did not tell its load; the limit stays");
        }
        known = true;
        knownNanos = now;
        return limit;
    }
}
