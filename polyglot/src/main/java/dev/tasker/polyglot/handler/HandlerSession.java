package dev.tasker.polyglot.handler;

import dev.tasker.identity.HandlerKey;
import dev.tasker.polyglot.context.GuestEngine;
import dev.tasker.polyglot.context.GuestLanguage;
import dev.tasker.polyglot.context.GuestSession;
import dev.tasker.polyglot.context.GuestWork;
import dev.tasker.polyglot.convert.FlatReader;
import dev.tasker.polyglot.convert.HostValues;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;

/// The handlers of one context. For the context's thread, except [#close] and what a cancelled attempt calls.
public final class HandlerSession implements GuestSession {
    private static final Duration INTERRUPT_MAX = Duration.ofMillis(200);

    private final Context context;
    private final GuestProgram program;
    private final HostValues values;
    private final HandlerRegistry registry;
    private final Set<Path> loadedFiles = new HashSet<>();
    private volatile boolean isUsable = true;

    private HandlerSession(GuestLanguage language, Context context, HandlerRegistry registry) {
        this.context = context;
        this.registry = registry;
        this.program = GuestProgram.start(language, context);
        this.values = new HostValues(language, context);
    }

    /// Starts a context with all handlers that are known so far.
    public static HandlerSession open(GuestEngine engine, GuestLanguage language, HandlerRegistry registry) {
        Context context = engine.newContext();
        HandlerSession session = new HandlerSession(language, context, registry);
        registry.all().forEach(session::loadAgain);
        return session;
    }

    @Override
    public void run(GuestWork work) {
        switch (work) {
            case AttemptWork attempt -> attempt(attempt);
            case LoadWork load -> load.run(this::load);
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
        try {
            context.close(true);
        } catch (PolyglotException | IllegalStateException problem) {
            // A handler that ends its process while it is stopped: there is nothing left to close.
            return;
        }
    }

    private void load(HandlerKey key, HandlerFile file) {
        LoadAnswers answers = new LoadAnswers(key, file.path());
        try {
            if (!loadedFiles.contains(file.path())) {
                answers.requireLoaded(program.load(file));
                loadedFiles.add(file.path());
            }
            answers.requireHandler(program.resolve(file.path(), key.handlerClass()));
            registry.add(key, file);
        } catch (PolyglotException problem) {
            isUsable = isUsable && !problem.isExit() && !problem.isCancelled();
            throw answers.failed(problem);
        }
    }

    // It went well in an earlier context; if it fails now, the attempt that needs it reports that.
    private void loadAgain(HandlerFile file) {
        if (FlatReader.kind(program.load(file)).equals("ok")) {
            loadedFiles.add(file.path());
        }
    }

    private void attempt(AttemptWork work) {
        if (!work.begin(this::stop)) {
            return;
        }
        try {
            work.complete(call(work));
        } catch (PolyglotException problem) {
            isUsable = false;
            work.complete(new StepResult.Failure(GuestAnswers.error(problem)));
        } catch (RuntimeException | Error problem) {
            // An Error too: a handler that exhausts the stack must not end the thread that others wait for.
            isUsable = false;
            work.complete(new StepResult.Failure(StepError.retryable(
                    problem.getClass().getName(), String.valueOf(problem.getMessage()), "INTERNAL")));
        }
        if (work.isCancelled()) {
            isUsable = false;
        }
    }

    private StepResult call(AttemptWork work) {
        HandlerKey key = work.attempt().handlerKey();
        Path path = registry.path(key);
        if (!loadedFiles.contains(path)) {
            load(key, registry.file(path).orElseThrow());
        }
        HostCalls host = new HostCalls(work.attempt(), values);
        Value answer = program.run(path, key.handlerClass(), host, work);
        return GuestAnswers.read(answer);
    }

    /// Lets `finally` and `ensure` run for a moment, then ends the context.
    private void stop() {
        isUsable = false;
        try {
            context.interrupt(INTERRUPT_MAX);
        } catch (TimeoutException | PolyglotException | IllegalStateException stubborn) {
            close();
        }
    }
}
