package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.Subscriber;
import dev.tasker.event.SubscriptionDeclaration;
import dev.tasker.execution.ClaimSequence;
import dev.tasker.execution.DataFolder;
import dev.tasker.execution.EventSink;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerHost.RunningAttempt;
import dev.tasker.execution.Progress;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A subscriber in another language. Its host runs it as the attempt of a step that is stored nowhere, with the event
/// as the task's context; it shares the contexts of the host with step handlers.
///
/// @param limit for one event, the wait for a context included
record GuestSubscriber(HandlerHost host, HandlerKey key, SubscriptionDeclaration declaration, Duration limit)
        implements Subscriber {
    static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String STEP = "handle";
    /// No commit would send it, and two subscribers could keep each other busy for ever.
    private static final EventSink REFUSING = (name, _) -> {
        throw new PermanentError(
                "event `" + name + "` cannot be published: a subscriber publishes no events",
                ErrorCode.EVENT_INVALID.name(),
                Map.of("event", name));
    };

    @Override
    public String name() {
        return declaration.name();
    }

    @Override
    public Set<String> events() {
        return Set.copyOf(declaration.events());
    }

    /// Waits until the guest has returned.
    ///
    /// @throws PermanentError the guest says that it will never take this event
    /// @throws RetryableError it failed otherwise, or took too long
    @Override
    public void accept(LifecycleEvent event) throws InterruptedException, ExecutionException {
        CompletableFuture<StepResult> outcome = new CompletableFuture<>();
        RunningAttempt running = host.start(attempt(event), outcome::complete);
        try {
            switch (outcome.get(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                case StepResult.Success _ -> {}
                case StepResult.Failure(StepError error) -> throw failure(error);
                case StepResult.NotStarted(String reason) ->
                    throw new RetryableError(key + " was not started: " + reason);
            }
        } catch (TimeoutException _) {
            throw new RetryableError(key + " did not take an event within " + limit.toMillis() + " ms");
        } finally {
            if (!outcome.isDone()) {
                running.cancel();
            }
        }
    }

    private RuntimeException failure(StepError error) {
        String place =
                error.backtrace().isEmpty() ? "" : " (" + error.backtrace().getFirst() + ")";
        String message = key + " failed: " + error.errorClass() + ": " + error.message() + place;
        return error.retryable()
                ? new RetryableError(message)
                : new PermanentError(message, error.errorCode(), error.context());
    }

    private StepAttempt attempt(LifecycleEvent event) {
        Step step = new Step(new StepId(1), STEP, 1, 1, Map.of(), declaration.config());
        return new StepAttempt(
                new ClaimId(1),
                key,
                task(event),
                new ClaimSequence(STEP, Map.of(), Map::of),
                step,
                null,
                declaration.handlerFile().map(DataFolder::beside).orElseGet(DataFolder::none),
                limit,
                REFUSING,
                Progress.NONE);
    }

    // Only the context reaches the subscriber.
    private Task task(LifecycleEvent event) {
        return new Task(
                TaskId.NONE,
                "",
                declaration.name(),
                "",
                event.payload(),
                "",
                "",
                event.name(),
                List.of(),
                "",
                event.at());
    }
}
