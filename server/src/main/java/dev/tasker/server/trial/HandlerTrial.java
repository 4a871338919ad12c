package dev.tasker.server.trial;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.error.StepCancelledException;
import dev.tasker.execution.AttemptEvents;
import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.execution.Progress;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Runs one attempt of one handler, without a database: what it publishes is kept, its heartbeats are heard, and its
/// checkpoint lasts as long as the attempt.
public final class HandlerTrial {
    private final Input input;
    private final AttemptEvents events = new AttemptEvents();

    public HandlerTrial(Input input) {
        this.input = input;
    }

    /// What the handler is given.
    ///
    /// @param context of the task
    /// @param results what earlier steps stored, by their names
    /// @param attempt from 1
    public record Input(
            Map<String, @Nullable Object> context,
            Map<String, @Nullable Object> inputs,
            Map<String, @Nullable Object> config,
            Map<String, @Nullable Object> results,
            int attempt,
            Duration timeout,
            DataFolder dataFolder) {}

    /// What it gave.
    ///
    /// @param loaded how long its language took to start and its file to load
    /// @param took   the attempt itself
    public record Outcome(StepResult result, List<AttemptEvents.Published> events, Duration loaded, Duration took) {}

    /// Loads the handler and runs it. Blocks until its end, at most for the timeout.
    ///
    /// @throws dev.tasker.error.HandlerLoadException it cannot be loaded
    public Outcome run(HandlerKey key, @Nullable Path file, PolyglotConfig guests) {
        long begin = System.nanoTime();
        if (key.runtime() == HandlerRuntime.JAVA) {
            JavaHandlerFactory factory = JavaHandlerFactory.load(new HandlerSource(key, file));
            return outcome(begin, System.nanoTime(), factory.run(attempt(key)));
        }
        try (PolyglotHost host = PolyglotHost.open(key.runtime(), guests)) {
            host.load(new HandlerSource(key, file));
            long loaded = System.nanoTime();
            CompletableFuture<StepResult> completion = new CompletableFuture<>();
            HandlerHost.RunningAttempt running = host.start(attempt(key), completion::complete);
            return outcome(begin, loaded, awaited(running, completion));
        }
    }

    private StepResult awaited(HandlerHost.RunningAttempt running, CompletableFuture<StepResult> completion) {
        try {
            return completion
                    .copy()
                    .orTimeout(input.timeout().toMillis(), TimeUnit.MILLISECONDS)
                    .join();
        } catch (CompletionException problem) {
            if (problem.getCause() instanceof TimeoutException) {
                running.cancel();
                return new StepResult.Failure(StepError.retryable(
                        "StepTimeout",
                        "the handler ran longer than " + input.timeout().toMillis() + " ms and was interrupted",
                        ErrorCode.STEP_TIMEOUT.name()));
            }
            throw problem;
        }
    }

    private Outcome outcome(long begin, long loaded, StepResult result) {
        return new Outcome(
                result, events.take(), Duration.ofNanos(loaded - begin), Duration.ofNanos(System.nanoTime() - loaded));
    }

    private StepAttempt attempt(HandlerKey key) {
        Task task = new Task(
                new TaskId(1),
                "default",
                "handler_test",
                "0.0.0",
                input.context(),
                "tasker",
                "tasker",
                "handler test",
                List.of(),
                "handler-test",
                Instant.now());
        Map<String, @Nullable Object> inputs = input.inputs().isEmpty() ? input.context() : input.inputs();
        Step step = new Step(
                new StepId(1), "handler_test", input.attempt(), Math.max(3, input.attempt()), inputs, input.config());
        return new StepAttempt(
                new ClaimId(1),
                key,
                task,
                this::ancestor,
                step,
                null,
                input.dataFolder(),
                input.timeout(),
                events,
                new Kept());
    }

    private Sequence.Ancestor ancestor(String name) {
        if (!input.results().containsKey(name)) {
            throw new PermanentError(
                    "no results of step `" + name + "` were given; name them with --results",
                    ErrorCode.STEP_NOT_AN_ANCESTOR.name(),
                    Map.of("requested", name));
        }
        return new Sequence.Ancestor(name, "complete", input.results().get(name));
    }

    /// Keeps the checkpoint in memory.
    private static final class Kept implements Progress {
        private volatile @Nullable Object checkpoint;

        @Override
        public void heartbeat() throws StepCancelledException {
            // Nobody could take the step over.
        }

        @Override
        public void heartbeat(@Nullable Object value) {
            checkpoint = value;
        }

        @Override
        public @Nullable Object checkpoint() {
            return checkpoint;
        }

        @Override
        public boolean isCancelled() {
            return false;
        }
    }
}
