package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs Java handlers, each attempt on a virtual thread of its own.
final class JavaHandlerHost implements HandlerHost {
    private final int slots;
    private final Map<HandlerKey, JavaHandlerFactory> factories = new ConcurrentHashMap<>();
    private final Map<Thread, Boolean> running = new ConcurrentHashMap<>();
    private @Nullable CarrierWatch carriers;
    private boolean isClosed;

    JavaHandlerHost(int slots) {
        this.slots = slots;
    }

    @Override
    public HandlerRuntime runtime() {
        return HandlerRuntime.JAVA;
    }

    @Override
    public int slots() {
        return slots;
    }

    @Override
    public HandlerDeclaration load(HandlerSource source) {
        JavaHandlerFactory factory = factories.merge(source.key(), JavaHandlerFactory.load(source), (known, loaded) -> {
            if (known.source().equals(source)) {
                return known;
            }
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_DUPLICATE,
                    "handler " + source.key() + " is loaded from "
                            + known.source().file() + " already, and not from " + source.file(),
                    Map.of("handler", source.key().toString()));
        });
        return factory.declaration();
    }

    /// Adds a handler that is not found by class name, for engines that are embedded in Java programs.
    void add(JavaHandlerFactory factory) {
        factories.put(factory.source().key(), factory);
    }

    @Override
    public RunningAttempt start(StepAttempt attempt, Consumer<StepResult> completion) {
        JavaHandlerFactory factory = factories.get(attempt.handlerKey());
        if (factory == null) {
            completion.accept(new StepResult.Failure(StepError.retryable(
                    "HandlerNotLoaded",
                    "this worker has not loaded " + attempt.handlerKey(),
                    ErrorCode.HANDLER_CLASS_MISSING.name())));
            return () -> {};
        }
        Thread thread = Thread.ofVirtual()
                .name("tasker-" + attempt.step().name())
                .unstarted(() -> {
                    StepResult result = factory.run(attempt);
                    running.remove(Thread.currentThread());
                    completion.accept(result);
                });
        running.put(thread, true);
        watchCarriers();
        thread.start();
        return thread::interrupt;
    }

    private synchronized void watchCarriers() {
        if (carriers == null && !isClosed) {
            carriers = new CarrierWatch(slots);
        }
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        if (carriers != null) {
            carriers.close();
        }
        running.keySet().forEach(Thread::interrupt);
    }
}
