package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.BoundedWait;
import dev.tasker.polyglot.context.GuestEngine;
import dev.tasker.polyglot.context.GuestLanguage;
import dev.tasker.polyglot.context.GuestSession;
import dev.tasker.polyglot.context.GuestWork;
import dev.tasker.polyglot.context.MemoryGuard;
import dev.tasker.polyglot.convert.FlatReader;
import dev.tasker.polyglot.convert.HostValues;
import dev.tasker.polyglot.convert.MalformedException;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.jspecify.annotations.Nullable;

/// The handlers of one context. For the context's thread, except [#close] and what a cancelled attempt calls.
public final class HandlerSession implements GuestSession {
    private static final Duration INTERRUPT_MAX = Duration.ofMillis(200);
    private static final Duration LEAVE_MAX = Duration.ofSeconds(1);
    private static final Duration STOP_MAX = Duration.ofSeconds(3);

    private final Context context;
    private final Runnable startOutput;
    private final GuestProgram program;
    private final HostValues values;
    private final HandlerRegistry registry;
    private final Set<Path> loadedFiles = new HashSet<>();
    private volatile boolean isUsable = true;
    private volatile boolean isClosed;
    private volatile @Nullable AttemptWork current;

    private HandlerSession(
            GuestLanguage language, GuestEngine.Opened opened, HandlerRegistry registry, GuestEngine engine) {
        this.context = opened.context();
        this.startOutput = opened.startOutput();
        this.registry = registry;
        this.program = GuestProgram.start(language, context, engine);
        this.values = new HostValues(language, context);
    }

    /// Starts a context with all handlers that are known so far.
    public static HandlerSession open(GuestEngine engine, GuestLanguage language, HandlerRegistry registry) {
        GuestEngine.Opened opened = engine.newContext();
        Context context = opened.context();
        try {
            HandlerSession session = new HandlerSession(language, opened, registry, engine);
            registry.files().forEach(session::loadAgain);
            return session;
        } catch (RuntimeException | Error problem) {
            context.close(true);
            throw problem;
        }
    }

    @Override
    public void run(GuestWork work) {
        switch (work) {
            case AttemptWork attempt -> attempt(attempt);
            case LoadWork load -> guarded(load, () -> load(load.key(), load.file()));
            case ListWork list -> guarded(list, () -> list(list.runtime(), list.file()));
            default -> throw new IllegalStateException("unknown work: " + work);
        }
    }

    @Override
    public boolean isUsable() {
        return isUsable;
    }

    @Override
    public void close() {
        isUsable = false;
        isClosed = true;
        AttemptWork running = current;
        if (running != null) {
            running.abandon();
        }
        closeContext();
        if (running != null) {
            running.completeCancelled();
        }
    }

    private void closeContext() {
        try {
            context.close(true);
        } catch (PolyglotException | IllegalStateException problem) {
            // A handler that ends its process while it is stopped: there is nothing left to close.
            return;
        }
    }

    /// From another thread than the context's, which may be in code of the JVM that cannot be stopped.
    private void closeUnderIt() {
        BoundedWait.of(this::closeContext, LEAVE_MAX);
    }

    /// A file's code may do whatever a handler may.
    private <T> void guarded(FileWork<T> work, Supplier<T> loading) {
        MemoryGuard.shared().enter(reason -> {
            work.fail(reason);
            Thread.ofPlatform().daemon().name("tasker-cancel").start(this::close);
        });
        try {
            work.run(() -> unlessBroken(loading), this::close);
        } finally {
            MemoryGuard.shared().leave();
        }
    }

    private <T> T unlessBroken(Supplier<T> loading) {
        try {
            return loading.get();
        } catch (HandlerLoadException refusal) {
            throw refusal;
        } catch (RuntimeException | Error problem) {
            isUsable = false;
            throw problem;
        }
    }

    private HandlerDeclaration load(HandlerKey key, HandlerFile file) {
        LoadAnswers answers = new LoadAnswers(key, file.path());
        try {
            if (!loadedFiles.contains(file.path())) {
                answers.requireLoaded(program.load(file));
                loadedFiles.add(file.path());
            }
            HandlerDeclaration declaration = answers.requireHandler(program.resolve(file.path(), key.handlerClass()));
            registry.add(key, file, declaration);
            return declaration;
        } catch (PolyglotException problem) {
            isUsable = isUsable && !isDeadly(problem);
            throw answers.failed(problem);
        }
    }

    private List<ListWork.Found> list(HandlerRuntime runtime, HandlerFile file) {
        HandlerKey all = new HandlerKey(runtime, String.valueOf(file.path().getFileName()));
        LoadAnswers answers = new LoadAnswers(all, file.path());
        try {
            if (loadedFiles.add(file.path())) {
                answers.requireLoaded(program.load(file));
            }
            return answers.found(program.list(file.path()));
        } catch (PolyglotException problem) {
            isUsable = isUsable && !isDeadly(problem);
            throw answers.failed(problem);
        }
    }

    // It went well in an earlier context; if it fails now, the attempt that needs it reports that.
    private void loadAgain(HandlerFile file) {
        try {
            if (FlatReader.kind(program.load(file)).equals("ok")) {
                loadedFiles.add(file.path());
            }
        } catch (PolyglotException problem) {
            loadedFiles.remove(file.path());
        }
    }

    private void attempt(AttemptWork work) {
        // Known before it begins: who closes the session meanwhile has to tell it.
        current = work;
        try {
            if (isClosed) {
                work.refuse(new IllegalStateException("the context was closed"));
            } else if (work.begin(() -> stop(work))) {
                run(work);
            }
        } finally {
            current = null;
            work.leave();
        }
    }

    private void run(AttemptWork work) {
        startOutput.run();
        MemoryGuard.shared().enter(reason -> work.stop(GuestAnswers.memoryExhausted(reason)));
        try {
            StepResult result = outcome(work);
            if (isClosed) {
                work.abandon();
            }
            work.complete(result);
        } finally {
            MemoryGuard.shared().leave();
            work.leave();
            // Asked last: once it is completed nobody can cancel it any more.
            if (work.isCancelled()) {
                isUsable = false;
                if (!isClosed) {
                    work.awaitStopped(STOP_MAX);
                }
            }
        }
    }

    private StepResult outcome(AttemptWork work) {
        try {
            return call(work);
        } catch (PolyglotException problem) {
            isUsable = false;
            return new StepResult.Failure(GuestAnswers.error(problem));
        } catch (MalformedException problem) {
            isUsable = false;
            return new StepResult.Failure(GuestAnswers.broken(problem));
        } catch (HandlerLoadException problem) {
            return new StepResult.Failure(StepError.permanent(
                    "HandlerLoadException", message(problem), problem.code().name(), problem.details()));
        } catch (OutOfMemoryError problem) {
            isUsable = false;
            return new StepResult.Failure(GuestAnswers.memoryExhausted(message(problem)));
        } catch (RuntimeException | Error problem) {
            // An Error too: a handler that exhausts the stack must not end the thread that others wait for.
            isUsable = false;
            return new StepResult.Failure(
                    StepError.retryable(problem.getClass().getName(), message(problem), ErrorCode.INTERNAL.name()));
        }
    }

    private static boolean isDeadly(PolyglotException problem) {
        return problem.isExit() || problem.isCancelled() || problem.isResourceExhausted() || problem.isInternalError();
    }

    private static String message(Throwable problem) {
        return String.valueOf(problem.getMessage());
    }

    private StepResult call(AttemptWork work) {
        HandlerKey key = work.attempt().handlerKey();
        Path path = registry.path(key);
        if (!loadedFiles.contains(path)) {
            load(key, registry.file(path).orElseThrow());
        }
        try (HostCalls host = new HostCalls(work, values)) {
            return GuestAnswers.read(program.run(path, key.handlerClass(), host, work));
        }
    }

    /// Lets `finally` and `ensure` run for a moment, then ends the context.
    ///
    /// An interrupt that comes just before the handler's code starts has no effect: so the end is
    /// waited for as well.
    private void stop(AttemptWork work) {
        isUsable = false;
        try {
            context.interrupt(INTERRUPT_MAX);
        } catch (TimeoutException | PolyglotException | IllegalStateException stubborn) {
            closeUnderIt();
        }
        if (!work.hasLeft(INTERRUPT_MAX)) {
            closeUnderIt();
        }
    }
}
