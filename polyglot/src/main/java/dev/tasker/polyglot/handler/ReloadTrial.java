package dev.tasker.polyglot.handler;

import dev.tasker.identity.HandlerKey;
import dev.tasker.polyglot.context.GuestEngine;
import dev.tasker.polyglot.context.GuestLanguage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Loads handlers in a context that is thrown away, to learn whether their new code can be loaded at all. For one
/// thread.
public final class ReloadTrial {
    private static final long STACK_BYTES = 16L * 1024 * 1024;
    private static final Duration END_MAX = Duration.ofSeconds(5);

    private final GuestEngine engine;
    private final GuestLanguage language;
    private final HandlerRegistry registry;
    private final Duration loadMax;
    private final List<LoadWork> loads = new ArrayList<>();
    private volatile boolean isOver;

    /// A trial of no handlers yet.
    ///
    /// @param registry is filled with what was loaded
    public ReloadTrial(GuestEngine engine, GuestLanguage language, HandlerRegistry registry) {
        this(engine, language, registry, FileWork.WAIT_MAX);
    }

    ReloadTrial(GuestEngine engine, GuestLanguage language, HandlerRegistry registry, Duration loadMax) {
        this.engine = engine;
        this.language = language;
        this.registry = registry;
        this.loadMax = loadMax;
    }

    /// Adds a handler to be loaded.
    public void add(HandlerKey key, HandlerFile file) {
        loads.add(new LoadWork(key, file, loadMax));
    }

    /// Loads them, on a thread of its own, and waits for the end; a file whose code does not end is stopped.
    ///
    /// @throws dev.tasker.error.HandlerLoadException of the first one that cannot be loaded
    public void run() {
        String name = "tasker-" + language.id() + "-trial";
        Thread thread = new Thread(new ThreadGroup(name), this::loadAll, name, STACK_BYTES);
        thread.setDaemon(true);
        thread.start();
        try {
            loads.forEach(LoadWork::await);
        } finally {
            isOver = true;
            awaitEnd(thread);
        }
    }

    /// Ends the wait of `run`, because the host closes. From any thread.
    public void giveUp() {
        isOver = true;
        refuse(new IllegalStateException("the host closes"));
    }

    private void refuse(RuntimeException reason) {
        loads.forEach(load -> load.refuse(reason));
    }

    /// Its context is to be gone before others are opened in place of the old ones.
    private static void awaitEnd(Thread thread) {
        try {
            boolean _ = thread.join(END_MAX);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void loadAll() {
        try {
            HandlerSession session = HandlerSession.open(engine, language, registry);
            try {
                loads.stream().takeWhile(_ -> !isOver).forEach(session::run);
            } finally {
                session.close();
            }
        } catch (RuntimeException | Error problem) {
            refuse(new IllegalStateException(String.valueOf(problem.getMessage()), problem));
        }
    }
}
