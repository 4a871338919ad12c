package dev.tasker.runtime;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.HandlerKey;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The loop around the wave: collect outcomes, send a wave, publish, dispatch what was claimed.
///
/// One thread of its own. A database that is away does not end the loop: outcomes are kept and sent again, and what
/// was recorded already is then refused.
final class Scheduler implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Scheduler.class);
    private static final Duration OUTAGE_PAUSE_MIN = Duration.ofMillis(50);
    private static final Duration OUTAGE_PAUSE_MAX = Duration.ofSeconds(2);

    private final TaskerConfig config;
    private final Waves waves;
    private final OutcomeQueue queue;
    private final Attempts attempts;
    private final WaveEvents events;
    private final Set<HandlerKey> handlerKeys = new CopyOnWriteArraySet<>();
    private final Thread thread;
    private volatile boolean claiming;
    private volatile boolean stopping;
    private int rotation;

    Scheduler(TaskerConfig config, Waves waves, OutcomeQueue queue, Attempts attempts, WaveEvents events) {
        this.config = config;
        this.waves = waves;
        this.queue = queue;
        this.attempts = attempts;
        this.events = events;
        this.thread = Thread.ofPlatform().name("tasker-scheduler").daemon().unstarted(this::run);
        thread.start();
    }

    /// Steps of these handlers may be claimed from now on.
    void serve(Set<HandlerKey> keys) {
        handlerKeys.addAll(keys);
        queue.wake();
    }

    void startClaiming() {
        claiming = true;
        queue.wake();
    }

    void stopClaiming() {
        claiming = false;
    }

    /// Sends what is left, and ends the loop. Waits until it has ended, but no longer than `limit`.
    void close(Duration limit) {
        claiming = false;
        stopping = true;
        queue.wake();
        try {
            thread.join(limit);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
    }

    @Override
    public void close() {
        close(config.shutdownTimeout());
    }

    private void run() {
        try {
            while (!stopping || !queue.isEmpty()) {
                List<Outcome> outcomes = queue.take(WaveRequest.OUTCOMES_MAX, waitLimit());
                WaveResult result = send(outcomes);
                remember(outcomes);
                refused(result);
                events.publish(result);
                stopFailed(result);
                dispatch(result.claimed());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration waitLimit() {
        return stopping ? Duration.ZERO : config.pollInterval();
    }

    /// Sends one wave, again and again until the database answers.
    private WaveResult send(List<Outcome> outcomes) throws InterruptedException {
        WaveRequest request = request(outcomes);
        if (outcomes.isEmpty() && request.claimLimit() == 0) {
            return WaveResult.NOTHING;
        }
        Duration pause = OUTAGE_PAUSE_MIN;
        while (true) {
            try {
                return waves.advance(request);
            } catch (StoreUnavailableException problem) {
                log.atWarn()
                        .addKeyValue("outcomes", outcomes.size())
                        .addKeyValue("again_in", pause)
                        .setCause(problem)
                        .log("the database did not answer a wave");
                Thread.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(OUTAGE_PAUSE_MAX) > 0
                        ? OUTAGE_PAUSE_MAX
                        : pause.multipliedBy(2);
                if (outcomes.isEmpty()) {
                    return WaveResult.NOTHING;
                }
            } catch (RuntimeException problem) {
                return sendOneByOne(outcomes, problem);
            }
        }
    }

    /// A wave that the database refuses for its content must not take the other outcomes with it.
    private WaveResult sendOneByOne(List<Outcome> outcomes, RuntimeException refusal) throws InterruptedException {
        log.atError().setCause(refusal).addKeyValue("outcomes", outcomes.size()).log("a wave was refused");
        if (outcomes.isEmpty()) {
            Thread.sleep(OUTAGE_PAUSE_MAX);
            return WaveResult.NOTHING;
        }
        List<WaveResult.Recorded> recorded = new ArrayList<>();
        List<TaskVerdict> verdicts = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            WaveResult result = sendAlone(outcome);
            recorded.addAll(result.recorded());
            verdicts.addAll(result.tasks());
        }
        return new WaveResult(List.of(), recorded, verdicts, List.of());
    }

    private WaveResult sendAlone(Outcome outcome) throws InterruptedException {
        try {
            return waves.advance(recordOnly(outcome));
        } catch (StoreUnavailableException problem) {
            queue.putBack(List.of(outcome));
            Thread.sleep(OUTAGE_PAUSE_MIN);
            return WaveResult.NOTHING;
        } catch (RuntimeException problem) {
            log.atError()
                    .setCause(problem)
                    .addKeyValue("step_id", outcome.step())
                    .log("an outcome cannot be stored; the step fails");
            return waves.advance(recordOnly(ResultEncoder.notStorable(outcome, problem)));
        }
    }

    private WaveRequest recordOnly(Outcome outcome) {
        return new WaveRequest(List.of(outcome), config.worker(), Map.of(), 0, config.lease(), Optional.empty());
    }

    private WaveRequest request(List<Outcome> outcomes) {
        Map<HandlerKey, Integer> freeSlots = claiming ? freeSlots() : Map.of();
        int limit = freeSlots.keySet().stream()
                .map(HandlerKey::runtime)
                .distinct()
                .mapToInt(attempts::freeSlots)
                .sum();
        return new WaveRequest(
                outcomes,
                config.worker(),
                freeSlots,
                Math.min(limit, WaveRequest.CLAIMS_MAX),
                config.lease(),
                Optional.empty());
    }

    /// The keys that can take work, starting with another one each time so that none is always served last.
    private Map<HandlerKey, Integer> freeSlots() {
        List<HandlerKey> keys = new ArrayList<>(handlerKeys);
        if (keys.isEmpty()) {
            return Map.of();
        }
        rotation = (rotation + 1) % keys.size();
        Collections.rotate(keys, rotation);
        Map<HandlerKey, Integer> slots = new LinkedHashMap<>();
        keys.forEach(key -> slots.put(key, attempts.freeSlots(key.runtime())));
        slots.values().removeIf(Predicate.isEqual(0));
        return slots;
    }

    /// Counted from after the commit, when the database has begun to count: never too early.
    private void remember(List<Outcome> recorded) {
        for (Outcome outcome : recorded) {
            if (outcome.kind() == Outcome.Kind.RETRYABLE_FAILURE) {
                queue.wakeAfter(outcome.retryDelay());
            }
        }
    }

    private void refused(WaveResult result) {
        result.refused()
                .forEach(claim -> log.atWarn()
                        .addKeyValue("claim_id", claim)
                        .log("an outcome came too late and was not applied: the lease was lost"));
    }

    /// A task that has failed needs its running handlers no more; what they still return is recorded.
    private void stopFailed(WaveResult result) {
        for (TaskVerdict verdict : result.tasks()) {
            if (verdict instanceof TaskVerdict.Failed failed) {
                attempts.cancel(failed.task());
            }
        }
    }

    private void dispatch(List<ClaimedStep> claimed) {
        claimed.forEach(attempts::start);
    }
}
