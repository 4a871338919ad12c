package dev.tasker.runtime;

import static java.util.stream.Collectors.toMap;

import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
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
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The loop around the wave: collect outcomes, send a wave, publish, dispatch what was claimed.
///
/// One thread of its own. A database that is away does not end the loop: outcomes are kept and sent again, and what
/// was recorded already is then refused.
final class Scheduler implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Scheduler.class);

    private final TaskerConfig config;
    private final WaveSender sender;
    private final OutcomeQueue queue;
    private final Attempts attempts;
    private final LostClaims lostClaims;
    private final Surroundings surroundings;
    private final Set<HandlerKey> handlerKeys = new CopyOnWriteArraySet<>();
    private final Thread thread;
    private volatile boolean claiming;
    private volatile boolean accepting = true;
    private volatile boolean stopping;
    private int rotation;

    /// @param surroundings what else depends on waves
    Scheduler(TaskerConfig config, Waves waves, OutcomeQueue queue, Attempts attempts, Surroundings surroundings) {
        this.config = config;
        this.sender = new WaveSender(config, waves, queue);
        this.queue = queue;
        this.attempts = attempts;
        this.lostClaims = new LostClaims(config, waves, attempts, surroundings.unheard());
        this.surroundings = surroundings;
        this.thread = Thread.ofPlatform().name("tasker-scheduler").daemon().unstarted(this::run);
        thread.start();
    }

    /// Steps of these handlers may be claimed from now on.
    void serve(Set<HandlerKey> keys) {
        handlerKeys.addAll(keys);
        queue.wake();
    }

    void stopServing(HandlerKey key) {
        handlerKeys.remove(key);
    }

    void startClaiming() {
        claiming = true;
        queue.wake();
    }

    /// From now on nothing more is claimed, and what a wave on its way claims is given back.
    void stopClaiming() {
        claiming = false;
        accepting = false;
    }

    /// Sends what is left, and ends the loop. Waits until it has ended, but no longer than `limit`.
    void close(Duration limit) {
        stopClaiming();
        stopping = true;
        queue.wake();
        try {
            thread.join(limit);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
        if (!queue.isEmpty()) {
            log.atError().log("outcomes are left that the database did not take; their steps run again");
        }
    }

    @Override
    public void close() {
        close(config.shutdownTimeout());
    }

    private void run() {
        while (!stopping || !queue.isEmpty()) {
            try {
                turn();
            } catch (InterruptedException _) {
                return;
            } catch (Throwable problem) {
                // Whatever it was, the steps of this engine need the loop to go on.
                log.atError().setCause(problem).log("a turn of the scheduler failed");
            }
        }
    }

    private void turn() throws InterruptedException {
        List<Outcome> outcomes = queue.take(WaveRequest.OUTCOMES_MAX, waitLimit());
        WaveRequest request = requestOf(outcomes);
        WaveResult result = WaveResult.NOTHING;
        try {
            result = send(request);
            followUp(outcomes, result);
        } finally {
            surroundings.jobs().answered(request, result);
        }
        if (sender.takeLostClaims()) {
            lostClaims.suspect();
        }
        surroundings.unheard().publish();
        lostClaims.giveBack();
    }

    /// Whatever goes wrong before the database has answered, the outcomes stay.
    private WaveRequest requestOf(List<Outcome> outcomes) {
        try {
            return request(outcomes);
        } catch (RuntimeException | Error problem) {
            queue.putBack(outcomes);
            throw problem;
        }
    }

    private WaveResult send(WaveRequest request) throws InterruptedException {
        try {
            return sender.send(request);
        } catch (RuntimeException | Error problem) {
            queue.putBack(request.outcomes());
            throw problem;
        }
    }

    /// Whatever goes wrong afterwards, what was claimed and not started is given back.
    private void followUp(List<Outcome> outcomes, WaveResult result) {
        try {
            attempts.answered(result);
            remember(outcomes);
            result.limited().forEach(limit -> queue.wakeAfter(limit.resumesIn()));
            Set<ClaimId> sentAgain = sender.report(result);
            if (!sentAgain.isEmpty()) {
                surroundings.unheard().suspect(stepsOf(outcomes, sentAgain));
            }
            surroundings.events().publish(result, sentAgain);
            surroundings.committed().accept(result);
            stopFailed(result);
            dispatch(result.claimed());
        } catch (RuntimeException | Error problem) {
            lostClaims.suspect(result);
            throw problem;
        }
    }

    private static Map<ClaimId, StepId> stepsOf(List<Outcome> outcomes, Set<ClaimId> claims) {
        return outcomes.stream()
                .filter(outcome -> claims.contains(outcome.claim()))
                .collect(toMap(Outcome::claim, Outcome::step, (one, _) -> one));
    }

    private Duration waitLimit() {
        return stopping ? Duration.ZERO : config.pollInterval();
    }

    private WaveRequest request(List<Outcome> outcomes) {
        Optional<TaskId> onlyTask = surroundings.jobs().next(outcomes, claiming);
        boolean claims = onlyTask.isPresent() ? accepting : claiming;
        Map<HandlerKey, Integer> freeSlots = claims ? freeSlots() : Map.of();
        Map<HandlerKey, Integer> running = attempts.running();
        int limit = freeSlots.keySet().stream()
                .map(HandlerKey::runtime)
                .distinct()
                .mapToInt(attempts::freeSlots)
                .sum();
        return new WaveRequest(
                outcomes,
                config.worker(),
                freeSlots,
                running,
                Math.min(limit, Math.min(WaveRequest.CLAIMS_MAX, unlimited(running))),
                config.lease(),
                onlyTask);
    }

    private int unlimited(Map<HandlerKey, Integer> running) {
        return surroundings
                .concurrency()
                .free(running.values().stream().mapToInt(Integer::intValue).sum());
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

    /// A task that has failed needs its running handlers no more; what they still return is recorded.
    private void stopFailed(WaveResult result) {
        for (TaskVerdict verdict : result.tasks()) {
            if (verdict instanceof TaskVerdict.Failed failed) {
                attempts.cancel(failed.task());
            }
        }
    }

    private void dispatch(List<ClaimedStep> claimed) {
        for (ClaimedStep step : claimed) {
            if (!accepting) {
                // Claimed by a wave that was on its way when the engine was told to stop.
                attempts.giveBack(step);
                continue;
            }
            try {
                surroundings.events().beforeHandle(step);
                attempts.start(step);
                surroundings.events().handle(step);
                if (!accepting) {
                    // The engine was told to stop since: nobody may wait for this attempt any more.
                    attempts.release(step.claim());
                }
            } catch (RuntimeException | Error problem) {
                log.atError()
                        .setCause(problem)
                        .addKeyValue("step_id", step.step().stepId())
                        .log("a claimed step could not be started; the attempt fails");
                surroundings.events().notStarted(step, problem);
                attempts.failToStart(step, problem);
            }
        }
    }

    /// What else depends on waves.
    ///
    /// @param unheard     waves whose answers were lost
    /// @param committed   told of each wave after its commit
    /// @param jobs        tasks with turns of their own
    /// @param concurrency how many steps run at once, beside the slots
    record Surroundings(
            WaveEvents events,
            UnheardWaves unheard,
            Consumer<WaveResult> committed,
            TaskJobs jobs,
            ConcurrencyControl concurrency) {}
}
