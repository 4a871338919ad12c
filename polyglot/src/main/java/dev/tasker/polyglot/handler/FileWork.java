package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.polyglot.context.GuestWork;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Runs the code of one handler file, for a caller that waits. Completes once. Safe from any thread.
abstract sealed class FileWork<T> implements GuestWork permits LoadWork, ListWork {
    /// Includes the start of the language and the wait for a free context.
    static final Duration WAIT_MAX = Duration.ofMinutes(2);

    private final HandlerFile file;
    private final Duration waitMax;
    private final CompletableFuture<T> done = new CompletableFuture<>();
    private @Nullable Runnable stop;

    FileWork(HandlerFile file, Duration waitMax) {
        this.file = file;
        this.waitMax = waitMax;
    }

    /// What it does, and to what: `load handler ...`.
    abstract String title();

    /// What an error tells programs beside the file.
    abstract Map<String, String> subject();

    final HandlerFile file() {
        return file;
    }

    /// Does the work, unless the caller has given up.
    ///
    /// @param stopper ends it when it takes too long; not called once it has ended
    final void run(Supplier<T> work, Runnable stopper) {
        if (!begin(stopper)) {
            return;
        }
        try {
            done.complete(work.get());
        } catch (RuntimeException | Error problem) {
            done.completeExceptionally(problem);
        } finally {
            end();
        }
    }

    private synchronized boolean begin(Runnable stopper) {
        stop = stopper;
        return !done.isDone();
    }

    private synchronized void end() {
        stop = null;
    }

    // With the lock: what runs in the context after this work must not be hit.
    private synchronized void stop() {
        if (stop != null) {
            stop.run();
        }
    }

    /// Ends the wait of the caller; what the work comes to is dropped.
    final void fail(String reason) {
        done.completeExceptionally(failure(ErrorCode.HANDLER_LOAD_FAILED, "cannot " + title() + ": " + reason, null));
    }

    @Override
    public final void refuse(RuntimeException reason) {
        done.completeExceptionally(
                failure(ErrorCode.RUNTIME_UNAVAILABLE, "cannot " + title() + ": " + reason.getMessage(), reason));
    }

    /// Waits for the end; stops a file whose code does not end.
    ///
    /// @throws HandlerLoadException if it failed
    final T result() {
        try {
            return done.get(waitMax.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException problem) {
            if (problem.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw loadFailure(": " + problem.getCause(), problem);
        } catch (TimeoutException endless) {
            fail("it did not end within " + waitMax.toSeconds() + " s");
            stop();
            throw loadFailure(": its code did not end within " + waitMax.toSeconds() + " s", endless);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw loadFailure(": the wait for it was interrupted", interrupted);
        }
    }

    private HandlerLoadException loadFailure(String reason, Exception cause) {
        return failure(ErrorCode.HANDLER_LOAD_FAILED, "cannot " + title() + " from " + file.path() + reason, cause);
    }

    private HandlerLoadException failure(ErrorCode code, String message, @Nullable Exception cause) {
        Map<String, Object> details = new LinkedHashMap<>(subject());
        details.put("file", file.path().toString());
        return cause == null
                ? new HandlerLoadException(code, message, details)
                : new HandlerLoadException(code, message, details, cause);
    }
}
