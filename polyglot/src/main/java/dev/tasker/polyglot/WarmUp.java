package dev.tasker.polyglot;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.execution.DataFolder;
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
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs one small handler in each language through the normal path, all side by side.
///
/// The launcher runs it once to train an AOT cache of the JVM. It needs no database.
final class WarmUp {
    private static final Duration LANGUAGE_MAX = Duration.ofMinutes(2);
    private static final Map<HandlerRuntime, String> FILES = Map.of(
            HandlerRuntime.JAVASCRIPT, "warm_up.mjs",
            HandlerRuntime.PYTHON, "warm_up.py",
            HandlerRuntime.RUBY, "warm_up.rb");

    private WarmUp() {}

    /// Starts the languages, calls their handlers and ends them again. Blocks.
    ///
    /// @return the time from the start until each handler had returned
    /// @throws IllegalStateException if a handler failed
    static Map<HandlerRuntime, Duration> run(PolyglotConfig config) throws IOException {
        Path folder = Files.createTempDirectory("tasker-warm-up");
        try {
            return runIn(folder, config);
        } finally {
            for (String file : FILES.values()) {
                Files.deleteIfExists(folder.resolve(file));
            }
            Files.deleteIfExists(folder);
        }
    }

    private static Map<HandlerRuntime, Duration> runIn(Path folder, PolyglotConfig config) throws IOException {
        long start = System.nanoTime();
        Executor threads = task -> Thread.ofPlatform().daemon().start(task);
        Map<HandlerRuntime, CompletableFuture<Duration>> running = new EnumMap<>(HandlerRuntime.class);
        for (Map.Entry<HandlerRuntime, String> entry : FILES.entrySet()) {
            Path file = unpacked(folder, entry.getValue());
            HandlerRuntime runtime = entry.getKey();
            running.put(runtime, CompletableFuture.supplyAsync(() -> call(runtime, file, config, start), threads));
        }
        Map<HandlerRuntime, Duration> times = new EnumMap<>(HandlerRuntime.class);
        running.forEach((runtime, time) -> times.put(runtime, time.join()));
        return times;
    }

    private static Path unpacked(Path folder, String name) throws IOException {
        Path file = folder.resolve(name);
        try (InputStream text = WarmUp.class.getResourceAsStream("warmup/" + name)) {
            Files.copy(Objects.requireNonNull(text, name), file);
        }
        return file;
    }

    private static Duration call(HandlerRuntime runtime, Path file, PolyglotConfig config, long start) {
        try (PolyglotHost host = PolyglotHost.open(runtime, config)) {
            HandlerKey key = new HandlerKey(runtime, "WarmUp");
            host.load(new HandlerSource(key, file));
            CompletableFuture<StepResult> completion = new CompletableFuture<>();
            host.start(attempt(key), completion::complete);
            StepResult result = completion
                    .orTimeout(LANGUAGE_MAX.toSeconds(), TimeUnit.SECONDS)
                    .join();
            if (result instanceof StepResult.Failure(StepError error)) {
                throw new IllegalStateException("the warm-up of " + runtime.key() + " failed: " + error);
            }
            return Duration.ofNanos(System.nanoTime() - start);
        }
    }

    private static StepAttempt attempt(HandlerKey key) {
        Map<String, @Nullable Object> context = Map.of(
                "items",
                List.of(
                        Map.of("sku", "A-1", "quantity", 2L, "cents", 950L),
                        Map.of("sku", "B-2", "quantity", 1L, "cents", 1200L)));
        Task task = new Task(
                TaskId.NONE,
                "tasker",
                "warm_up",
                "1.0.0",
                context,
                "tasker",
                "tasker",
                "warm-up",
                List.of(),
                "warm-up",
                Instant.EPOCH);
        Step step = new Step(new StepId(1), "warm_up", 1, 1, Map.of(), Map.of());
        return new StepAttempt(
                new ClaimId(1), key, task, WarmUp::ancestor, step, null, DataFolder.none(), LANGUAGE_MAX);
    }

    private static Sequence.Ancestor ancestor(String name) {
        throw new PermanentError("there is no step " + name, ErrorCode.STEP_NOT_AN_ANCESTOR.name(), Map.of());
    }
}
