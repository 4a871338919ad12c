package dev.tasker.runtime;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives steps back that the database counts as claimed by this engine although their wave's answer was lost.
///
/// Without it they would wait for the end of their lease, and an attempt would count that never was. Safe from any
/// thread; but [#giveBack] only while no wave is in flight: then every claim that was answered is known to [Attempts].
final class LostClaims {
    private static final Logger log = LoggerFactory.getLogger(LostClaims.class);

    private final TaskerConfig config;
    private final Waves waves;
    private final Attempts attempts;
    private final UnheardWaves unheard;
    /// Claims that were answered, and not started because something else went wrong: their events were published.
    private final Set<ClaimId> answered = new HashSet<>();
    private boolean looking;
    private long nextNanos;
    private long untilNanos;

    /// @param unheard publishes what else the waves did that made the claims
    LostClaims(TaskerConfig config, Waves waves, Attempts attempts, UnheardWaves unheard) {
        this.unheard = unheard;
        this.config = config;
        this.waves = waves;
        this.attempts = attempts;
    }

    /// Looks for one lease: a wave whose connection broke may still be at work in the database, and commit later.
    synchronized void suspect() {
        looking = true;
        nextNanos = System.nanoTime();
        untilNanos = nextNanos + config.lease().toNanos();
    }

    /// The same after an answer that could not be followed up.
    synchronized void suspect(WaveResult answer) {
        answer.claimed().forEach(claimed -> answered.add(claimed.claim()));
        suspect();
    }

    synchronized boolean isDue() {
        return looking && System.nanoTime() - nextNanos >= 0;
    }

    synchronized void giveBack() {
        if (!isDue()) {
            return;
        }
        long now = System.nanoTime();
        nextNanos = now + config.pollInterval().toNanos();
        try {
            Map<ClaimId, StepId> lost = waves.heldClaims(config.worker());
            attempts.claims().keySet().forEach(lost::remove);
            Map<ClaimId, StepId> unknown = new LinkedHashMap<>(lost);
            unknown.keySet().removeAll(answered);
            unheard.publishClaims(unknown);
            lost.forEach((claim, step) -> {
                log.atInfo().addKeyValue("claim_id", claim).log("a claim whose answer was lost is given back");
                attempts.giveBack(step, claim);
            });
            looking = now - untilNanos < 0;
            if (!looking) {
                answered.clear();
            }
        } catch (StoreUnavailableException _) {
            log.atDebug().log("the database did not tell which claims were lost; asked again later");
        }
    }
}
