package dev.tasker.server.handlers;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/// Work on a platform thread of its own, beside other work: guest languages do not start well on virtual
/// threads.
public final class SideTask {
    private SideTask() {}

    public static CompletableFuture<Void> run(String name, Runnable work) {
        return start(name, () -> {
                    work.run();
                    return true;
                })
                .thenAccept(_ -> {});
    }

    public static <T> CompletableFuture<T> start(String name, Supplier<T> work) {
        CompletableFuture<T> future = new CompletableFuture<>();
        complete(future, name, work);
        return future;
    }

    /// Completes a future with what the work gives or throws.
    public static <T> void complete(CompletableFuture<T> future, String name, Supplier<T> work) {
        Thread.ofPlatform().name(name).daemon().start(() -> {
            try {
                future.complete(work.get());
            } catch (Exception | LinkageError | StackOverflowError problem) {
                future.completeExceptionally(problem);
            }
        });
    }

    /// Waits for the result.
    ///
    /// @throws RuntimeException what the work threw
    public static <T> T await(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException problem) {
            throw problem.getCause() instanceof RuntimeException cause ? cause : problem;
        }
    }
}
