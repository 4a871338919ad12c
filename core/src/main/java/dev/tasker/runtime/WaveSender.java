package dev.tasker.runtime;

import dev.tasker.error.ContentRefusedException;
import dev.tasker.error.StoreUnavailableException;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends waves so that no outcome is lost, whatever the database answers.
///
/// A database that is away is asked again until it answers. A wave that fails for another reason is taken apart: an
/// outcome whose content the database cannot hold ends its step, any other goes back to the queue. Safe from any
/// thread.
final class WaveSender {
    private static final Logger log = LoggerFactory.getLogger(WaveSender.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(50);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

    private final TaskerConfig config;
    private final Waves waves;
    private final OutcomeQueue queue;
    /// Outcomes of waves without an answer: those may have been recorded.
    private final Set<ClaimId> inDoubt = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean lostClaims = new AtomicBoolean();

    WaveSender(TaskerConfig config, Waves waves, OutcomeQueue queue) {
        this.config = config;
        this.waves = waves;
        this.queue = queue;
    }

    /// Sends one wave. Outcomes that could not be sent are in the queue again when it returns or throws.
    WaveResult send(WaveRequest request) throws InterruptedException {
        if (request.outcomes().isEmpty() && request.claimLimit() == 0) {
            return WaveResult.NOTHING;
        }
        try {
            return sendUntilAnswered(request);
        } catch (InterruptedException stopped) {
            queue.putBack(request.outcomes());
            throw stopped;
        }
    }

    /// Whether a wave that could claim was not answered since the last call: the database may count steps as
    /// claimed that nobody was told of.
    boolean takeLostClaims() {
        return lostClaims.getAndSet(false);
    }

    /// Tells of outcomes that were refused. One that was sent again is no loss: it may have been recorded before.
    ///
    /// @return those that were sent again
    Set<ClaimId> report(WaveResult answer) {
        Set<ClaimId> sentAgain = new HashSet<>();
        for (ClaimId claim : answer.refused()) {
            if (inDoubt.remove(claim)) {
                sentAgain.add(claim);
                log.atInfo()
                        .addKeyValue("claim_id", claim)
                        .log("an outcome was recorded before its answer was lost, or has lost its lease since");
            } else {
                log.atWarn().addKeyValue("claim_id", claim).log("an outcome was refused: its lease was lost");
            }
        }
        answer.recorded().forEach(recorded -> inDoubt.remove(recorded.claim()));
        return sentAgain;
    }

    private void doubt(WaveRequest request) {
        request.outcomes().forEach(outcome -> inDoubt.add(outcome.claim()));
        if (request.claimLimit() > 0) {
            lostClaims.set(true);
        }
    }

    private WaveResult sendUntilAnswered(WaveRequest request) throws InterruptedException {
        Duration pause = PAUSE_MIN;
        while (true) {
            try {
                return waves.advance(request);
            } catch (StoreUnavailableException problem) {
                doubt(request);
                log.atWarn()
                        .addKeyValue("outcomes", request.outcomes().size())
                        .addKeyValue("again_in", pause)
                        .addKeyValue("reason", problem.getMessage())
                        .log("the database did not answer a wave");
                Thread.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause.multipliedBy(2);
                if (request.outcomes().isEmpty()) {
                    return WaveResult.NOTHING;
                }
            } catch (RuntimeException problem) {
                doubt(request);
                log.atError()
                        .setCause(problem)
                        .addKeyValue("outcomes", request.outcomes().size())
                        .log("a wave failed; its outcomes are sent one by one");
                return sendOneByOne(request.outcomes());
            }
        }
    }

    private WaveResult sendOneByOne(List<Outcome> outcomes) throws InterruptedException {
        List<ClaimId> refused = new ArrayList<>();
        List<WaveResult.Recorded> recorded = new ArrayList<>();
        List<TaskVerdict> verdicts = new ArrayList<>();
        List<Outcome> unsent = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            Optional<WaveResult> result = sendAlone(outcome);
            result.ifPresent(wave -> {
                refused.addAll(wave.refused());
                recorded.addAll(wave.recorded());
                verdicts.addAll(wave.tasks());
            });
            if (result.isEmpty()) {
                unsent.add(outcome);
            }
        }
        queue.putBack(unsent);
        queue.wake();
        if (unsent.size() == outcomes.size()) {
            Thread.sleep(PAUSE_MAX);
        }
        return new WaveResult(refused, recorded, verdicts, List.of());
    }

    /// Empty where it has to be sent again.
    private Optional<WaveResult> sendAlone(Outcome outcome) {
        try {
            return Optional.of(waves.advance(recordOnly(outcome)));
        } catch (ContentRefusedException problem) {
            log.atError()
                    .setCause(problem)
                    .addKeyValue("step_id", outcome.step())
                    .log("an outcome cannot be stored; the step fails");
            return sendFailure(outcome, problem);
        } catch (RuntimeException problem) {
            log.atError()
                    .setCause(problem)
                    .addKeyValue("step_id", outcome.step())
                    .log("an outcome waits");
            return Optional.empty();
        }
    }

    private Optional<WaveResult> sendFailure(Outcome outcome, ContentRefusedException refusal) {
        try {
            return Optional.of(waves.advance(recordOnly(ResultEncoder.notStorable(outcome, refusal))));
        } catch (RuntimeException problem) {
            log.atError()
                    .setCause(problem)
                    .addKeyValue("step_id", outcome.step())
                    .log("an outcome waits");
            return Optional.empty();
        }
    }

    private WaveRequest recordOnly(Outcome outcome) {
        return WaveRequest.recordOnly(List.of(outcome), config.worker(), config.lease());
    }
}
