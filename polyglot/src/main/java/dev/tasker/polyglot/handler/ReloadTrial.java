package dev.tasker.polyglot.handler;

import dev.tasker.identity.HandlerKey;
import dev.tasker.polyglot.context.GuestEngine;
import dev.tasker.polyglot.context.GuestLanguage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Loads handlers in a context that is thrown away, to learn whether their new code can be loaded at all. For one
/// thread.
public final class ReloadTrial {
    private static final long STACK_BYTES = 16L * 1024 * 1024;

    private final GuestEngine engine;
    private final GuestLanguage language;
    private final HandlerRegistry registry;
    private final Map<HandlerKey, HandlerFile> handlers = new LinkedHashMap<>();

    /// A trial of no handlers yet.
    ///
    /// @param registry is filled with what was loaded
    public ReloadTrial(GuestEngine engine, GuestLanguage language, HandlerRegistry registry) {
        this.engine = engine;
        this.language = language;
        this.registry = registry;
    }

    /// Adds a handler to be loaded.
    public void add(HandlerKey key, HandlerFile file) {
        handlers.put(key, file);
    }

    /// Loads them, on a thread of its own, and waits for the end.
    ///
    /// @throws dev.tasker.error.HandlerLoadException of the first one that cannot be loaded
    public void run() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Thread thread = new Thread(null, () -> complete(done), "tasker-" + language.id() + "-trial", STACK_BYTES);
        thread.setDaemon(true);
        thread.start();
        try {
            done.join();
        } catch (CompletionException problem) {
            throw problem.getCause() instanceof RuntimeException cause ? cause : problem;
        }
    }

    private void complete(CompletableFuture<Boolean> done) {
        try {
            HandlerSession session = HandlerSession.open(engine, language, registry);
            try {
                handlers.forEach((key, file) -> {
                    LoadWork work = new LoadWork(key, file);
                    session.run(work);
                    work.await();
                });
            } finally {
                session.close();
            }
            done.complete(true);
        } catch (RuntimeException | Error problem) {
            done.completeExceptionally(problem);
        }
    }
}
