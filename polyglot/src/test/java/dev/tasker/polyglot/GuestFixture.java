package dev.tasker.polyglot;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.math.BigInteger;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Hosts that tests share, and attempts with good defaults.
final class GuestFixture implements AutoCloseable {
    static final long DEADLINE_SECONDS = 60;
    static final List<HandlerRuntime> RUNTIMES =
            List.of(HandlerRuntime.JAVASCRIPT, HandlerRuntime.PYTHON, HandlerRuntime.RUBY);

    private final Map<HandlerRuntime, PolyglotHost> hosts = new EnumMap<>(HandlerRuntime.class);
    private final PolyglotConfig config;

    GuestFixture(PolyglotConfig config) {
        this.config = config;
    }

    synchronized PolyglotHost host(HandlerRuntime runtime) {
        return hosts.computeIfAbsent(runtime, language -> PolyglotHost.open(language, config));
    }

    static Path file(String name) {
        try {
            return Path.of(Objects.requireNonNull(GuestFixture.class.getResource("/handlers/" + name))
                    .toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static Path cases(HandlerRuntime runtime) {
        return file("cases." + suffix(runtime));
    }

    static String suffix(HandlerRuntime runtime) {
        return switch (runtime) {
            case JAVASCRIPT -> "mjs";
            case PYTHON -> "py";
            case RUBY -> "rb";
            case JAVA -> throw new IllegalArgumentException("no guest");
        };
    }

    StepResult run(HandlerRuntime runtime, String handler) {
        return run(runtime, handler, defaultContext());
    }

    StepResult run(HandlerRuntime runtime, String handler, Map<String, @Nullable Object> context) {
        return run(runtime, handler, context, cases(runtime));
    }

    StepResult run(HandlerRuntime runtime, String handler, Map<String, @Nullable Object> context, Path file) {
        HandlerKey key = new HandlerKey(runtime, handler);
        host(runtime).load(new HandlerSource(key, file));
        return started(runtime, attempt(key, context)).result();
    }

    @Nullable
    Object success(HandlerRuntime runtime, String handler) {
        return results(run(runtime, handler));
    }

    StepError failure(HandlerRuntime runtime, String handler) {
        return error(run(runtime, handler));
    }

    static @Nullable Object results(StepResult result) {
        return switch (result) {
            case StepResult.Success(Object results) -> results;
            case StepResult.Failure(StepError error) -> throw new AssertionError("failed: " + error);
            case StepResult.NotStarted(String reason) -> throw new AssertionError("not started: " + reason);
        };
    }

    static StepError error(StepResult result) {
        return switch (result) {
            case StepResult.Success(Object results) -> throw new AssertionError("succeeded: " + results);
            case StepResult.Failure(StepError error) -> error;
            case StepResult.NotStarted(String reason) -> throw new AssertionError("not started: " + reason);
        };
    }

    Started started(HandlerRuntime runtime, StepAttempt attempt) {
        CompletableFuture<StepResult> completion = new CompletableFuture<>();
        HandlerHost.RunningAttempt running = host(runtime).start(attempt, result -> {
            if (!completion.complete(result)) {
                throw new AssertionError("completed twice");
            }
        });
        return new Started(running, completion);
    }

    record Started(HandlerHost.RunningAttempt running, CompletableFuture<StepResult> completion) {
        StepResult result() {
            return completion.orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
        }
    }

    static StepAttempt attempt(HandlerKey key, Map<String, @Nullable Object> context) {
        return attempt(key, context, DataFolder.beside(file("cases.py")));
    }

    static StepAttempt attempt(HandlerKey key, Map<String, @Nullable Object> context, DataFolder data) {
        Task task = new Task(
                new TaskId(1),
                "shop",
                "order",
                "1.0.0",
                context,
                "ann",
                "web",
                "test",
                List.of("a", "b"),
                "corr-1",
                Instant.parse("2026-01-02T03:04:05Z"));
        Step step = new Step(new StepId(7), "second", 2, 3, Map.of("in", 1L), Map.of("limit", 5L));
        Object previous = Map.of("old", List.of(1L));
        return new StepAttempt(
                new ClaimId(1), key, task, GuestFixture::ancestor, step, previous, data, Duration.ofMinutes(5));
    }

    /// Tells through a latch that the handler runs: it calls the host for a file first.
    static StepAttempt attemptThatReads(HandlerKey key, CountDownLatch running) {
        return attemptWithLookup(key, _ -> running.countDown());
    }

    /// A handler that waits in its host call until all expected ones are there.
    static StepAttempt attemptThatMeets(HandlerKey key, CountDownLatch meeting) {
        return attemptThatWaits(key, meeting, meeting);
    }

    /// Tells the first latch that it has begun, and waits for the second one.
    static StepAttempt attemptThatWaits(HandlerKey key, CountDownLatch begun, CountDownLatch goOn) {
        return attemptWithLookup(key, _ -> {
            begun.countDown();
            try {
                if (!goOn.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("nobody let this attempt go on");
                }
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        });
    }

    /// Runs code that asks for the results of another step first, which the latch tells.
    static StepAttempt attemptThatRuns(HandlerRuntime runtime, String code, CountDownLatch running) {
        return attemptWithLookup(new HandlerKey(runtime, "Runs"), Map.of("code", code), _ -> running.countDown());
    }

    /// The handlers that run any code, and one that does nothing.
    static Path runs(HandlerRuntime runtime) {
        return file("runs." + suffix(runtime));
    }

    /// Runs code: the body of a function in JavaScript and Python, a script in Ruby.
    StepResult runCode(HandlerRuntime runtime, String code) {
        return run(runtime, "Runs", Map.of("code", code), runs(runtime));
    }

    private static StepAttempt attemptWithLookup(HandlerKey key, Consumer<String> onLookup) {
        return attemptWithLookup(key, defaultContext(), onLookup);
    }

    private static StepAttempt attemptWithLookup(
            HandlerKey key, Map<String, @Nullable Object> context, Consumer<String> onLookup) {
        StepAttempt plain = attempt(key, context);
        Sequence sequence = name -> {
            onLookup.accept(name);
            return new Sequence.Ancestor(name, "complete", "met");
        };
        return new StepAttempt(
                plain.claimId(), key, plain.task(), sequence, plain.step(), null, plain.dataFolder(), plain.timeout());
    }

    private static Sequence.Ancestor ancestor(String name) {
        if (!name.equals("first")) {
            throw new PermanentError(
                    "step second has no path from " + name + ": add it to depends_on_steps",
                    ErrorCode.STEP_NOT_AN_ANCESTOR.name(),
                    Map.of("step", name));
        }
        return new Sequence.Ancestor("first", "complete", Map.of("total", 99L));
    }

    static Map<String, @Nullable Object> defaultContext() {
        Map<String, @Nullable Object> context = new LinkedHashMap<>();
        context.put("list", List.of(3L, 1L, 2L));
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("x", 1L);
        map.put("y", "z");
        context.put("map", map);
        context.put("null", null);
        context.put("text", "grüße 🎉");
        context.put("flag", true);
        context.put("number", 1.5);
        context.put("nested", List.of(Map.of("deep", Arrays.asList(1L, null, "x"))));
        context.put("huge", BigInteger.TWO.pow(80));
        return context;
    }

    @Override
    public void close() {
        hosts.values().forEach(PolyglotHost::close);
    }
}
