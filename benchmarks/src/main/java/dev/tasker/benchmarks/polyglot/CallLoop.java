package dev.tasker.benchmarks.polyglot;

import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.result.StepResult;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Calls handlers of one language, again and again.
///
/// Calls are queued some at a time, so that the context's thread goes from one to the next without being
/// woken up.
final class CallLoop implements AutoCloseable {
    private static final int WINDOW = 64;
    private static final double NANOS_PER_MICRO = 1e3;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final HandlerRuntime runtime;
    private final HandlerHost host;
    private final @Nullable Path file;
    private final AtomicReference<@Nullable StepResult> unexpected = new AtomicReference<>();

    private CallLoop(HandlerRuntime runtime, HandlerHost host, @Nullable Path file) {
        this.runtime = runtime;
        this.host = host;
        this.file = file;
    }

    /// @param contexts at most so many; Java has one thread
    static CallLoop open(HandlerRuntime runtime, HandlerFiles files, int contexts) {
        if (runtime == HandlerRuntime.JAVA) {
            return new CallLoop(runtime, new PlainJavaHost(), null);
        }
        PolyglotConfig config =
                PolyglotConfig.builder().contextsMax(runtime, contexts).build();
        return new CallLoop(runtime, PolyglotHost.open(runtime, config), files.calls(runtime));
    }

    void load(String handler) {
        host.load(new HandlerSource(Sample.key(runtime, handler), file));
    }

    /// One call and its result.
    @Nullable
    Object result(String handler) {
        load(handler);
        CompletableFuture<StepResult> completion = new CompletableFuture<>();
        host.start(Sample.attempt(runtime, handler), completion::complete);
        return results(completion.join());
    }

    /// Calls a handler for so long.
    ///
    /// @return CPU microseconds per call on the thread of the first context
    double microsPerCall(String handler, Duration atLeast) throws InterruptedException {
        StepAttempt attempt = Sample.attempt(runtime, handler);
        long thread = contextThread();
        long cpu = THREADS.getThreadCpuTime(thread);
        long end = System.nanoTime() + atLeast.toNanos();
        long calls = 0;
        do {
            window(attempt);
            calls += WINDOW;
        } while (System.nanoTime() < end);
        return (THREADS.getThreadCpuTime(thread) - cpu) / NANOS_PER_MICRO / calls;
    }

    private void window(StepAttempt attempt) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(WINDOW);
        for (int call = 0; call < WINDOW; call++) {
            start(attempt, left);
        }
        left.await();
        StepResult problem = unexpected.get();
        if (problem != null) {
            throw new IllegalStateException("a call in " + runtime.key() + " ended with " + problem);
        }
    }

    private void start(StepAttempt attempt, CountDownLatch left) {
        host.start(attempt, result -> {
            switch (result) {
                case StepResult.Success _ -> left.countDown();
                // It waited for a call that took long, as the first ones may. The engine gives such a step out again.
                case StepResult.NotStarted _ -> start(attempt, left);
                case StepResult.Failure _ -> {
                    unexpected.set(result);
                    left.countDown();
                }
            }
        });
    }

    /// Has so many contexts run at the same time.
    void occupy(int contexts) throws InterruptedException {
        load(Sample.MEET);
        CountDownLatch meeting = new CountDownLatch(contexts);
        CountDownLatch left = new CountDownLatch(contexts);
        StepAttempt attempt = Sample.attempt(runtime, Sample.MEET, new Meeting(meeting));
        for (int call = 0; call < contexts; call++) {
            host.start(attempt, _ -> left.countDown());
        }
        left.await();
    }

    private static @Nullable Object results(StepResult result) {
        return switch (result) {
            case StepResult.Success(Object results) -> results;
            case StepResult.Failure failure -> throw new IllegalStateException("a call failed: " + failure);
            case StepResult.NotStarted notStarted -> throw new IllegalStateException("no call: " + notStarted);
        };
    }

    private long contextThread() {
        String name = "tasker-" + runtime.key() + "-0";
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .mapToLong(Thread::threadId)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no thread " + name));
    }

    @Override
    public void close() {
        host.close();
    }
}
