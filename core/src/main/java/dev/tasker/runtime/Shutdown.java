package dev.tasker.runtime;

import dev.tasker.identity.WorkerId;
import dev.tasker.store.WorkerStore;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The order in which the steps of an engine stop: no new claims, wait for handlers, give the rest back, send it.
final class Shutdown {
    private static final Logger log = LoggerFactory.getLogger(Shutdown.class);
    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 10;

    private Shutdown() {}

    static void run(Duration limit, Scheduler scheduler, Attempts attempts, LeaseKeeper leases) {
        scheduler.stopClaiming();
        await(() -> attempts.isIdle() && !scheduler.isStarting(), limit);
        scheduler.drained();
        attempts.releaseAll();
        // What ended by itself at the last moment may not be in the queue yet.
        await(attempts::isIdle, FLUSH_LIMIT);
        scheduler.close(FLUSH_LIMIT);
        leases.stop();
    }

    /// Whatever the database says, the process ends.
    static void sayGoodbye(WorkerStore workers, WorkerId worker) {
        try {
            workers.stop(worker);
        } catch (RuntimeException problem) {
            log.atWarn().setCause(problem).log("the database was not told that this worker has stopped");
        }
    }

    private static void await(BooleanSupplier isOver, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!isOver.getAsBoolean() && System.nanoTime() - deadline < 0) {
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
