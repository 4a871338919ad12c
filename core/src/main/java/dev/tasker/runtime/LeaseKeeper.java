package dev.tasker.runtime;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.wave.Waves;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the leases of running steps alive, and takes steps over whose worker has died.
final class LeaseKeeper {
    private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);
    private static final int EXPIRE_LIMIT = 1_000;
    private static final long EXPIRE_MILLIS = 1_000;

    private final TaskerConfig config;
    private final Waves waves;
    private final Attempts attempts;
    private final OutcomeQueue queue;
    private volatile boolean hasOutage;
    private volatile long sweepFromNanos = System.nanoTime();
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean renewalAsked = new AtomicBoolean();
    private final List<ScheduledFuture<?>> duties = new ArrayList<>();

    LeaseKeeper(TaskerConfig config, Waves waves, Attempts attempts, OutcomeQueue queue) {
        this.config = config;
        this.waves = waves;
        this.attempts = attempts;
        this.queue = queue;
    }

    /// Once; a second call does nothing.
    void start(ScheduledExecutorService timer) {
        if (!started.compareAndSet(false, true)) {
            return;
        }
        long third = Math.max(1, config.lease().toMillis() / 3);
        duties.add(timer.scheduleWithFixedDelay(() -> guarded(this::renew), third, third, TimeUnit.MILLISECONDS));
        long sweep = Math.min(EXPIRE_MILLIS, third);
        duties.add(timer.scheduleWithFixedDelay(() -> guarded(this::expire), 0, sweep, TimeUnit.MILLISECONDS));
    }

    /// Renews at once, and so finds claims that were taken away. Returns before it is done.
    void renewSoon(ScheduledExecutorService timer) {
        if (renewalAsked.compareAndSet(false, true)) {
            ScheduledFuture<?> _ = timer.schedule(
                    () -> {
                        renewalAsked.set(false);
                        guarded(this::renew);
                    },
                    0,
                    TimeUnit.MILLISECONDS);
        }
    }

    void stop() {
        duties.forEach(duty -> duty.cancel(false));
    }

    private void renew() {
        Map<ClaimId, StepId> claims = attempts.claims();
        Set<ClaimId> held = waves.renewLeases(config.worker(), claims, config.lease());
        if (hasOutage) {
            hasOutage = false;
            sweepFromNanos = System.nanoTime() + config.lease().toNanos();
        }
        claims.keySet().stream().filter(claim -> !held.contains(claim)).forEach(claim -> {
            // Either its outcome was recorded just now, or the lease was lost: both need no handler any more.
            log.atDebug().addKeyValue("claim_id", claim).log("claim is no longer held");
            attempts.abandon(claim);
        });
    }

    /// While the database was away nobody could renew: after an outage every worker gets one lease to do so.
    private void expire() {
        if (hasOutage || System.nanoTime() - sweepFromNanos < 0) {
            return;
        }
        int taken = waves.expireLeases(EXPIRE_LIMIT);
        if (taken > 0) {
            log.atInfo().addKeyValue("steps", taken).log("took over steps whose lease had expired");
            queue.wake();
        }
    }

    private void guarded(Runnable duty) {
        try {
            duty.run();
        } catch (StoreUnavailableException problem) {
            hasOutage = true;
            log.atWarn().setCause(problem).log("the database did not answer; leases are kept as soon as it does");
        } catch (RuntimeException problem) {
            log.atError().setCause(problem).log("lease upkeep failed");
        }
    }
}
