package dev.tasker.runtime;

import dev.tasker.execution.HandlerHost;
import java.time.Duration;
import java.util.Collection;

/// The order in which an engine stops: no new claims, wait for handlers, give the rest back, send it, close the
/// hosts.
final class Shutdown {
    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 10;

    private Shutdown() {}

    static void run(
            TaskerConfig config,
            Scheduler scheduler,
            Attempts attempts,
            LeaseKeeper leases,
            Collection<HandlerHost> hosts) {
        scheduler.stopClaiming();
        awaitIdle(attempts, config.shutdownTimeout());
        attempts.releaseAll();
        scheduler.close(FLUSH_LIMIT);
        leases.stop();
        hosts.forEach(HandlerHost::close);
    }

    private static void awaitIdle(Attempts attempts, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!attempts.isIdle() && System.nanoTime() - deadline < 0) {
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
