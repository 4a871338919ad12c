package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.execution.AttemptEvents;
import dev.tasker.execution.ClaimSequence;
import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerHost.RunningAttempt;
import dev.tasker.execution.Sequence.Ancestor;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import dev.tasker.wave.Checkpoints;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveResult;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The attempts that this engine is running. Safe from any thread.
///
/// Each claimed step gives exactly one outcome: what its handler returned, a timeout, or a release. A handler that
/// has timed out keeps its slot until it really ends.
final class Attempts {
    /// How late a timeout may be noticed.
    private static final Duration TIMEOUT_LOOK = Duration.ofMillis(100);

    private final Map<HandlerRuntime, HandlerHost> hosts;
    private final Map<HandlerRuntime, AtomicInteger> busy = new EnumMap<>(HandlerRuntime.class);
    /// Handlers that really run: also those that have timed out and not ended yet.
    private final Map<HandlerKey, Integer> handlers = new ConcurrentHashMap<>();
    private final Map<ClaimId, Attempt> running = new ConcurrentHashMap<>();
    private final Map<ClaimId, StepId> unanswered = new ConcurrentHashMap<>();
    private final Map<ClaimId, AttemptEvents> published = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer;
    private final AtomicBoolean watching = new AtomicBoolean();
    private final ResultEncoder encoder;
    private final Stored stored;
    private final Declarations declarations;
    private final Consumer<Outcome> outcomes;

    /// @param declarations what the handlers declare
    /// @param outcomes     takes each outcome; must not block
    Attempts(
            Map<HandlerRuntime, HandlerHost> hosts,
            Declarations declarations,
            ScheduledExecutorService timer,
            ResultEncoder encoder,
            Stored stored,
            Consumer<Outcome> outcomes) {
        this.hosts = hosts;
        this.declarations = declarations;
        this.timer = timer;
        this.encoder = encoder;
        this.stored = stored;
        this.outcomes = outcomes;
        hosts.keySet().forEach(runtime -> busy.put(runtime, new AtomicInteger()));
    }

    /// What handlers may read and leave in the database.
    ///
    /// @param ancestors reads all ancestors of a step
    record Stored(Function<StepId, Map<String, Ancestor>> ancestors, Checkpoints checkpoints) {}

    /// How many more attempts of a runtime can start now.
    int freeSlots(HandlerRuntime runtime) {
        HandlerHost host = hosts.get(runtime);
        AtomicInteger used = busy.get(runtime);
        return host == null || used == null ? 0 : Math.max(0, host.slots() - used.get());
    }

    /// How many attempts of each handler run now.
    Map<HandlerKey, Integer> running() {
        return Map.copyOf(handlers);
    }

    /// Starts the handler of a claimed step.
    void start(ClaimedStep claimed) {
        HandlerHost host = hosts.get(claimed.handlerKey().runtime());
        AtomicInteger used = busy.get(claimed.handlerKey().runtime());
        if (host == null || used == null) {
            throw new IllegalStateException("claimed a step for " + claimed.handlerKey() + " without a host for it");
        }
        Attempt attempt = new Attempt(claimed);
        running.put(claimed.claim(), attempt);
        Optional<StepError> problem =
                declarations.problemOf(claimed.handlerKey(), claimed.step().inputs());
        if (problem.isPresent()) {
            attempt.finish(new StepResult.Failure(problem.get()));
            return;
        }
        StepAttempt input = stepAttempt(claimed, attempt.progress);
        used.incrementAndGet();
        handlers.merge(claimed.handlerKey(), 1, Integer::sum);
        watchTimeouts();
        try {
            attempt.handle = host.start(input, result -> {
                free(claimed.handlerKey(), used);
                attempt.finish(result);
            });
        } catch (RuntimeException | Error failure) {
            free(claimed.handlerKey(), used);
            throw failure;
        }
        attempt.cancelIfAsked();
    }

    /// Looks for timeouts while attempts run. A timer of its own for each attempt would wake a thread each time.
    private void watchTimeouts() {
        if (watching.compareAndSet(false, true)) {
            ScheduledFuture<?> _ = timer.schedule(this::endSilent, TIMEOUT_LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void endSilent() {
        try {
            running.values().forEach(Attempt::timeOutIfSilent);
        } finally {
            watching.set(false);
            if (!running.isEmpty()) {
                watchTimeouts();
            }
        }
    }

    private void free(HandlerKey key, AtomicInteger used) {
        used.decrementAndGet();
        handlers.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
    }

    /// Gives a claimed step back that was not started.
    void giveBack(ClaimedStep claimed) {
        send(Outcome.release(claimed.step().stepId(), claimed.claim()).with(claimed.facts()));
    }

    void giveBack(StepId step, ClaimId claim) {
        send(Outcome.release(step, claim));
    }

    /// Fails an attempt that could not be started.
    void failToStart(ClaimedStep claimed, Throwable problem) {
        Attempt attempt = running.getOrDefault(claimed.claim(), new Attempt(claimed));
        attempt.finish(new StepResult.Failure(StepError.retryable(
                problem.getClass().getName(),
                "the handler could not be started: " + problem.getMessage(),
                ErrorCode.INTERNAL.name())));
    }

    /// What a wave has recorded or refused is answered: those claims need no renewal any more.
    void answered(WaveResult wave) {
        wave.recorded().forEach(recorded -> unanswered.remove(recorded.claim()));
        wave.refused().forEach(unanswered::remove);
    }

    private void send(Outcome outcome) {
        unanswered.put(outcome.claim(), outcome.step());
        outcomes.accept(outcome);
    }

    /// The claims that this engine still answers for, with their steps: their handler runs, or their outcome is on
    /// its way to the database.
    Map<ClaimId, StepId> claims() {
        // In the order in which an attempt moves from one map to the other: read the other way round, it could be
        // missed.
        Map<ClaimId, StepId> claims = new LinkedHashMap<>();
        running.forEach(
                (claim, attempt) -> claims.put(claim, attempt.claimed.step().stepId()));
        claims.putAll(unanswered);
        return claims;
    }

    /// Whether no attempt runs, and every outcome is in the queue.
    boolean isIdle() {
        return running.isEmpty();
    }

    /// Stops a handler whose claim was lost: its outcome would be refused.
    ///
    /// @return whether it was still running; then no outcome of it will be sent any more
    boolean abandon(ClaimId claim) {
        Attempt attempt = running.get(claim);
        if (attempt == null || !attempt.settle()) {
            return false;
        }
        takeEvents(claim);
        attempt.leave();
        attempt.cancel();
        return true;
    }

    /// The custom events of an attempt that has ended.
    List<AttemptEvents.Published> takeEvents(ClaimId claim) {
        AttemptEvents events = published.remove(claim);
        return events == null ? List.of() : events.take();
    }

    /// Interrupts the handlers of a task; each still gives the outcome that it comes to.
    void cancel(TaskId task) {
        running.values().stream()
                .filter(attempt -> attempt.claimed.task().taskId().equals(task))
                .forEach(Attempt::cancel);
    }

    /// Interrupts one handler, once; it still gives the outcome that it comes to.
    void cancel(ClaimId claim) {
        Attempt attempt = running.get(claim);
        if (attempt != null && !attempt.cancelAsked) {
            attempt.cancel();
        }
    }

    /// Gives every step back that is still running, and cancels its handler.
    void releaseAll() {
        List.copyOf(running.values()).forEach(attempt -> release(attempt));
    }

    /// Gives one step back if it is still running, and cancels its handler.
    void release(ClaimId claim) {
        Attempt attempt = running.get(claim);
        if (attempt != null) {
            release(attempt);
        }
    }

    private void release(Attempt attempt) {
        if (attempt.settle()) {
            giveBack(attempt.claimed);
            attempt.leave();
            attempt.cancel();
        }
    }

    private StepAttempt stepAttempt(ClaimedStep claimed, AttemptProgress progress) {
        AttemptEvents events = new AttemptEvents();
        published.put(claimed.claim(), events);
        return new StepAttempt(
                claimed.claim(),
                claimed.handlerKey(),
                claimed.task(),
                new ClaimSequence(
                        claimed.step().name(),
                        claimed.parents(),
                        () -> stored.ancestors().apply(claimed.step().stepId())),
                claimed.step(),
                claimed.previousResults(),
                claimed.templateFile().map(DataFolder::beside).orElseGet(DataFolder::none),
                claimed.timeout(),
                events,
                progress);
    }

    /// One running attempt. Whoever settles it first decides its outcome.
    private final class Attempt {
        private final ClaimedStep claimed;
        private final AttemptProgress progress;
        private final AtomicBoolean settled = new AtomicBoolean();
        private volatile boolean cancelAsked;
        private volatile @Nullable RunningAttempt handle;

        Attempt(ClaimedStep claimed) {
            this.claimed = claimed;
            this.progress = new AttemptProgress(claimed, stored.checkpoints());
        }

        void finish(StepResult result) {
            if (settle()) {
                // It counts as running until its outcome is in the queue: who waits for the end of all attempts must
                // not miss one that is being encoded.
                try {
                    send(encode(result));
                } finally {
                    leave();
                }
            }
        }

        /// A result may throw while it is read, for example a map that another thread still fills.
        private Outcome encode(StepResult result) {
            try {
                return encoder.encode(claimed, declarations.checked(claimed.handlerKey(), result));
            } catch (RuntimeException | StackOverflowError problem) {
                return encoder.encodeFailure(
                        claimed,
                        StepError.permanent(
                                problem.getClass().getName(),
                                "the result cannot be read: " + problem.getMessage(),
                                ErrorCode.RESULT_NOT_JSON.name(),
                                Map.of()));
            } catch (OutOfMemoryError problem) {
                return encoder.encodeFailure(
                        claimed,
                        StepError.retryable(
                                problem.getClass().getName(),
                                "there is no memory left to store the result: " + problem.getMessage(),
                                ErrorCode.MEMORY_EXHAUSTED.name()));
            }
        }

        void timeOutIfSilent() {
            if (progress.remainingMillis() <= 0 && settle()) {
                StepError error = ResultEncoder.timeout(claimed);
                try {
                    send(encoder.encodeFailure(claimed, error));
                } finally {
                    // Whatever fails here: what counts as running has its lease renewed for ever.
                    leave();
                    cancel();
                }
            }
        }

        boolean settle() {
            if (!settled.compareAndSet(false, true)) {
                return false;
            }
            progress.end();
            return true;
        }

        void leave() {
            running.remove(claimed.claim());
        }

        void cancel() {
            cancelAsked = true;
            progress.end();
            RunningAttempt started = handle;
            if (started != null) {
                started.cancel();
            }
        }

        /// The timeout or an operator may strike before the host has returned its handle.
        void cancelIfAsked() {
            if (cancelAsked) {
                cancel();
            }
        }
    }
}
