package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.polyglot.context.GuestWork;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;

/// Loads one handler in whichever context is free, for a caller that waits.
public final class LoadWork implements GuestWork {
    private final HandlerKey key;
    private final HandlerFile file;
    private final CompletableFuture<Void> loaded = new CompletableFuture<>();

    public LoadWork(HandlerKey key, HandlerFile file) {
        this.key = key;
        this.file = file;
    }

    void run(BiConsumer<HandlerKey, HandlerFile> loader) {
        try {
            loader.accept(key, file);
            loaded.complete(null);
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

    /// Waits until the handler is loaded.
    ///
    /// @throws HandlerLoadException if it cannot be
    public void await() {
        try {
            loaded.join();
        } catch (CompletionException problem) {
            if (problem.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (problem.getCause() instanceof Error cause) {
                throw cause;
            }
            throw problem;
        }
    }
}
