package dev.tasker.runtime;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.wave.ExpiredLeases;
import dev.tasker.wave.Renewal;
import dev.tasker.wave.Waves;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the leases of running steps alive, takes steps over whose worker has died, and has deadlines watched.
final class LeaseKeeper {
    private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);
    private static final int EXPIRE_LIMIT = 1_000;
    private static final long EXPIRE_MILLIS = 1_000;
    private static final long RETRY_MILLIS = 250;

    private final TaskerConfig config;
    private final Waves waves;
    private final Attempts attempts;
    private final OutcomeQueue queue;
    private final long thirdMillis;
    private volatile boolean stopped;
    private final WaveEvents events;
    private final DeadlineKeeper deadlines;
    private volatile long sweepFromNanos = System.nanoTime();
    /// When the first renewal failed that none has succeeded after; empty in good times.
    private volatile OptionalLong outageSinceNanos = OptionalLong.empty();
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean renewalAsked = new AtomicBoolean();
    /// Claims whose leases were not prolonged when they were asked for last.
    private final Set<ClaimId> behind = ConcurrentHashMap.newKeySet();

    LeaseKeeper(
            TaskerConfig config,
            Waves waves,
            Attempts attempts,
            OutcomeQueue queue,
            WaveEvents events,
            DeadlineKeeper deadlines) {
        this.config = config;
        this.waves = waves;
        this.attempts = attempts;
        this.queue = queue;
        this.thirdMillis = Math.max(1, config.lease().toMillis() / 3);
        this.events = events;
        this.deadlines = deadlines;
    }

    /// Once; a second call does nothing.
    void start(ScheduledExecutorService timer) {
        if (!started.compareAndSet(false, true)) {
            return;
        }
        repeat(timer, this::renew, thirdMillis, thirdMillis);
        repeat(timer, this::catchUp, RETRY_MILLIS, RETRY_MILLIS);
        repeat(timer, this::expire, 0, Math.min(EXPIRE_MILLIS, thirdMillis));
        repeat(timer, deadlines::sweep, 0, Math.min(EXPIRE_MILLIS, thirdMillis));
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
        stopped = true;
    }

    /// A duty that fails comes back soon: the leases run out if it waits for its next regular turn.
    private void repeat(ScheduledExecutorService timer, Runnable duty, long firstMillis, long delayMillis) {
        Runnable turn = () -> {
            if (!stopped) {
                boolean done = guarded(duty);
                repeat(timer, duty, done ? delayMillis : Math.min(delayMillis, RETRY_MILLIS), delayMillis);
            }
        };
        ScheduledFuture<?> _ = timer.schedule(turn, firstMillis, TimeUnit.MILLISECONDS);
    }

    private void renew() {
        renew(attempts.claims());
    }

    /// Asks again for leases that were not prolonged, because their steps were locked.
    private void catchUp() {
        if (behind.isEmpty()) {
            return;
        }
        Map<ClaimId, StepId> claims = attempts.claims();
        behind.retainAll(claims.keySet());
        claims.keySet().retainAll(behind);
        if (!claims.isEmpty()) {
            renew(claims);
        }
    }

    private void renew(Map<ClaimId, StepId> claims) {
        Renewal renewal = waves.renewLeases(config.worker(), claims, config.lease());
        endOutage();
        behind.addAll(renewal.behind());
        behind.removeIf(claim -> claims.containsKey(claim) && !renewal.behind().contains(claim));
        claims.keySet().stream()
                .filter(claim -> !renewal.held().contains(claim))
                .forEach(claim -> {
                    // One whose outcome was recorded just now is not held either, but runs no more.
                    if (attempts.abandon(claim)) {
                        events.forget(claim);
                        log.atWarn().addKeyValue("claim_id", claim).log("a claim was lost; its handler is stopped");
                    }
                });
        // Their tasks may have been ended by other engines.
        renewal.stopped().forEach(attempts::cancel);
    }

    /// While the database was away nobody could renew: after an outage every worker gets one lease to do
    /// so. One that was shorter than a third of the lease cost nobody a lease.
    private void endOutage() {
        OptionalLong since = outageSinceNanos;
        if (since.isPresent()) {
            outageSinceNanos = OptionalLong.empty();
            long now = System.nanoTime();
            if (now - since.getAsLong() > TimeUnit.MILLISECONDS.toNanos(thirdMillis)) {
                sweepFromNanos = now + config.lease().toNanos();
            }
        }
    }

    private void expire() {
        if (outageSinceNanos.isPresent() || System.nanoTime() - sweepFromNanos < 0) {
            return;
        }
        // A step that was locked until now may have outlived its lease: it is not to be lost to one's own sweep.
        catchUp();
        ExpiredLeases expired = waves.expireLeases(EXPIRE_LIMIT);
        events.publish(expired);
        if (!expired.steps().isEmpty()) {
            log.atInfo().addKeyValue("steps", expired.steps().size()).log("took over steps whose lease had expired");
            queue.wake();
        }
    }

    private boolean guarded(Runnable duty) {
        long begin = System.nanoTime();
        try {
            duty.run();
            return true;
        } catch (StoreUnavailableException problem) {
            if (outageSinceNanos.isEmpty()) {
                outageSinceNanos = OptionalLong.of(begin);
            }
            log.atWarn()
                    .addKeyValue("reason", problem.getMessage())
                    .log("the database did not answer; leases are kept as soon as it does");
        } catch (Throwable problem) {
            // Whatever it was, the running steps need their leases.
            log.atError().setCause(problem).log("lease upkeep failed");
        }
        return false;
    }
}
