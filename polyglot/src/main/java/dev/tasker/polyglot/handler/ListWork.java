package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.GuestWork;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;

/// Lists the handlers of one file, for a caller that waits.
public final class ListWork implements GuestWork {
    private final HandlerRuntime runtime;
    private final HandlerFile file;
    private final CompletableFuture<List<Found>> listed = new CompletableFuture<>();

    public ListWork(HandlerRuntime runtime, HandlerFile file) {
        this.runtime = runtime;
        this.file = file;
    }

    /// A handler of the file.
    public record Found(HandlerKey key, String className, OptionalInt line, HandlerDeclaration declaration) {}

    /// Lists them.
    void run(BiFunction<HandlerRuntime, HandlerFile, List<Found>> lister) {
        try {
            listed.complete(lister.apply(runtime, file));
        } catch (RuntimeException | Error problem) {
            listed.completeExceptionally(problem);
        }
    }

    @Override
    public void refuse(RuntimeException reason) {
        listed.completeExceptionally(new HandlerLoadException(
                ErrorCode.RUNTIME_UNAVAILABLE,
                "cannot list the handlers of " + file.path() + ": " + reason.getMessage(),
                Map.of("file", file.path().toString()),
                reason));
    }

    /// Waits for the list.
    ///
    /// @throws HandlerLoadException the file cannot be loaded
    public List<Found> await() {
        try {
            return listed.join();
        } catch (CompletionException problem) {
            throw problem.getCause() instanceof RuntimeException cause ? cause : problem;
        }
    }
}
