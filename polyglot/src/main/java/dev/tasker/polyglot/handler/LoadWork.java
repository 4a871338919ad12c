package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import dev.tasker.polyglot.context.GuestWork;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Loads one handler in whichever context is free, for a caller that waits.
public final class LoadWork implements GuestWork {
    /// Includes the start of the language and the wait for a free context.
    private static final Duration LOAD_MAX = Duration.ofMinutes(2);

    private final HandlerKey key;
    private final HandlerFile file;
    private final CompletableFuture<HandlerDeclaration> loaded = new CompletableFuture<>();
    private volatile @Nullable Runnable stop;

    public LoadWork(HandlerKey key, HandlerFile file) {
        this.key = key;
        this.file = file;
    }

    /// Loads the handler.
    ///
    /// @param stopper ends the load when it takes too long
    void run(BiFunction<HandlerKey, HandlerFile, HandlerDeclaration> loader, Runnable stopper) {
        stop = stopper;
        try {
            loaded.complete(loader.apply(key, file));
        } catch (RuntimeException | Error problem) {
            loaded.completeExceptionally(problem);
        }
    }

    @Override
    public void refuse(RuntimeException reason) {
        loaded.completeExceptionally(new HandlerLoadException(
                ErrorCode.RUNTIME_UNAVAILABLE,
                "cannot load handler " + key + ": " + reason.getMessage(),
                Map.of("handler", key.toString()),
                reason));
    }

    /// Waits until the handler is loaded; stops a file whose code does not end.
    ///
    /// @return what its class declares
    /// @throws HandlerLoadException if it cannot be loaded
    public HandlerDeclaration await() {
        try {
            return loaded.get(LOAD_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException problem) {
            if (problem.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw failure("failed: " + problem.getCause(), problem);
        } catch (TimeoutException endless) {
            Runnable stopper = stop;
            if (stopper != null) {
                stopper.run();
            }
            throw failure("did not end within " + LOAD_MAX.toSeconds() + " s", endless);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw failure("was interrupted", interrupted);
        }
    }

    private HandlerLoadException failure(String reason, Exception cause) {
        return new HandlerLoadException(
                ErrorCode.HANDLER_LOAD_FAILED,
                "the load of handler " + key + " from " + file.path() + " " + reason,
                Map.of("handler", key.toString(), "file", file.path().toString()),
                cause);
    }
}
