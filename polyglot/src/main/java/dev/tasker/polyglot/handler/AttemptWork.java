package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.StepAttempt;
import dev.tasker.polyglot.context.GuestWork;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One attempt on its way through a context. Completes exactly once. Safe from any thread.
public final class AttemptWork implements GuestWork, HandlerHost.RunningAttempt {
    private final StepAttempt attempt;
    private final Consumer<StepResult> completion;
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final CountDownLatch left = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private @Nullable Runnable stop;
    private volatile @Nullable StepError stopReason;
    private boolean isCompleted;

    public AttemptWork(StepAttempt attempt, Consumer<StepResult> completion) {
        this.attempt = attempt;
        this.completion = completion;
    }

    StepAttempt attempt() {
        return attempt;
    }

    /// Marks the attempt as running.
    ///
    /// @param stopper ends it when it is cancelled; blocks
    /// @return false if it was cancelled before
    synchronized boolean begin(Runnable stopper) {
        this.stop = stopper;
        // A cancel that came first has yet to report, but must not be outrun by the handler.
        return !isCompleted && !isCancelled();
    }

    /// Cancels the attempt for a reason of its own, which is reported as its failure.
    void stop(StepError reason) {
        stopReason = reason;
        cancel();
    }

    @Override
    public boolean isReturnable() {
        return true;
    }

    @Override
    public void giveBack() {
        complete(new StepResult.NotStarted("every context of its language is held by handlers that run for long"));
    }

    @Override
    public void cancel() {
        Runnable stopper;
        synchronized (this) {
            if (isCompleted || cancelled.getCount() == 0) {
                return;
            }
            cancelled.countDown();
            stopper = stop;
        }
        if (stopper == null) {
            complete(cancelledFailure());
        } else {
            // A platform thread: GraalVM enters contexts on virtual ones only as an experiment.
            Thread.ofPlatform().daemon().name("tasker-cancel").start(() -> {
                try {
                    stopper.run();
                } finally {
                    stopped.countDown();
                    complete(cancelledFailure());
                }
            });
        }
    }

    /// Waits until whoever stops the attempt is through with the thread it ran on: an interrupt that comes late would
    /// hit what runs there next.
    void awaitStopped(Duration wait) {
        long deadline = System.nanoTime() + wait.toNanos();
        boolean isWaiting = true;
        while (isWaiting) {
            try {
                boolean _ = stopped.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                isWaiting = false;
            } catch (InterruptedException meantForTheHandler) {
                isWaiting = System.nanoTime() < deadline;
            }
        }
    }

    /// The context is about to end under the attempt: wakes it where it waits, and reports it as cancelled.
    void abandon() {
        cancelled.countDown();
    }

    /// The handler is no longer in the context.
    void leave() {
        left.countDown();
    }

    boolean hasLeft(Duration wait) {
        try {
            return left.await(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void completeCancelled() {
        complete(cancelledFailure());
    }

    boolean isCancelled() {
        return cancelled.getCount() == 0;
    }

    /// Waits without being in guest code, so that nothing needs to be interrupted.
    ///
    /// @return true if the attempt was cancelled meanwhile
    boolean awaitCancel(Duration wait) throws InterruptedException {
        return cancelled.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Reports the outcome; whatever comes after the first report is dropped. A failure of a cancelled attempt is
    /// reported as its cancellation.
    void complete(StepResult result) {
        synchronized (this) {
            if (isCompleted) {
                return;
            }
            isCompleted = true;
        }
        completion.accept(isCancelled() && result instanceof StepResult.Failure ? cancelledFailure() : result);
    }

    @Override
    public void refuse(RuntimeException reason) {
        complete(new StepResult.Failure(StepError.retryable(
                "RuntimeUnavailable", String.valueOf(reason.getMessage()), ErrorCode.RUNTIME_UNAVAILABLE.name())));
    }

    private StepResult cancelledFailure() {
        StepError reason = stopReason;
        if (reason != null) {
            return new StepResult.Failure(reason);
        }
        return new StepResult.Failure(StepError.retryable(
                "StepCancelled", "handler " + attempt.handlerKey() + " was cancelled", "STEP_CANCELLED"));
    }
}
