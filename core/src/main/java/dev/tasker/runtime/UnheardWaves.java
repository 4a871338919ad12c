package dev.tasker.runtime;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.event.StoredTransition;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes what waves changed whose answers were lost, once the engine learns that they were committed.
///
/// It learns so when an outcome that it has sent again is refused, or when the database counts a claim as its own that
/// it does not know. Either leads to the transitions of that wave in the audit trail: they share a transaction. Safe
/// from
/// any thread.
final class UnheardWaves {
    private static final Logger log = LoggerFactory.getLogger(UnheardWaves.class);
    private static final String MISSED = "events of a wave whose answer was lost are missed";
    private static final int PENDING_MAX = 10_000;
    /// Waves that were published already; of one wave several outcomes and claims may tell.
    private static final int WAVES_MAX = 1_000;

    private final Trail trail;
    private final WaveEvents events;
    private final Map<ClaimId, StepId> refused = new LinkedHashMap<>();
    private final SequencedSet<Long> published = new LinkedHashSet<>();

    /// Where to read what waves have changed.
    @FunctionalInterface
    interface Trail {
        /// The transitions of the waves that recorded these outcomes, and of those that made these claims.
        List<StoredTransition> committed(Map<ClaimId, StepId> recorded, Map<ClaimId, StepId> made);
    }

    UnheardWaves(Trail trail, WaveEvents events) {
        this.trail = trail;
        this.events = events;
    }

    /// Outcomes that were sent again and refused: perhaps they had been recorded.
    synchronized void suspect(Map<ClaimId, StepId> outcomes) {
        outcomes.forEach((claim, step) -> {
            if (refused.size() < PENDING_MAX) {
                refused.put(claim, step);
            } else {
                events.forget(claim);
                log.atWarn().addKeyValue("claim_id", claim).log("events of an outcome are not looked for");
            }
        });
    }

    /// Publishes what is known by now.
    synchronized void publish() {
        if (refused.isEmpty()) {
            return;
        }
        try {
            publish(trail.committed(refused, Map.of()));
        } catch (StoreUnavailableException problem) {
            log.atDebug()
                    .addKeyValue("reason", problem.getMessage())
                    .log("the database did not tell what was recorded; asked again later");
            return;
        } catch (RuntimeException problem) {
            log.atError().setCause(problem).log(MISSED);
        }
        refused.keySet().forEach(events::forget);
        refused.clear();
    }

    /// Publishes the waves that made these claims. Whatever else goes wrong, the caller can give them back.
    ///
    /// @throws StoreUnavailableException to be asked again
    synchronized void publishClaims(Map<ClaimId, StepId> made) {
        if (made.isEmpty()) {
            return;
        }
        try {
            publish(trail.committed(Map.of(), made));
        } catch (StoreUnavailableException problem) {
            throw problem;
        } catch (RuntimeException problem) {
            log.atError().setCause(problem).log(MISSED);
        }
    }

    private void publish(List<StoredTransition> changes) {
        List<StoredTransition> unheard = changes.stream()
                .filter(change -> !published.contains(change.position().transactionId()))
                .toList();
        unheard.forEach(change -> published.add(change.position().transactionId()));
        while (published.size() > WAVES_MAX) {
            published.removeFirst();
        }
        unheard.forEach(events::publish);
    }
}
