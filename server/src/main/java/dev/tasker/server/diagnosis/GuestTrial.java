package dev.tasker.server.diagnosis;

import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.Sequence.Ancestor;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.result.StepResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Starts one guest language and runs a small handler in it, without a database.
public final class GuestTrial {
    private static final String HANDLER = "Trial";
    private static final Duration TIME_MAX = Duration.ofMinutes(2);

    private final HandlerRuntime runtime;

    public GuestTrial(HandlerRuntime runtime) {
        this.runtime = runtime;
    }

    /// Runs the handler; blocks until its end.
    ///
    /// @return from the start of the language to the result
    /// @throws RuntimeException the language does not work here
    public Duration run() {
        long start = System.nanoTime();
        try (PolyglotHost host = PolyglotHost.open(runtime, PolyglotConfig.defaults())) {
            Path folder = Files.createTempDirectory("tasker-trial-");
            Path file = folder.resolve("trial." + suffix());
            try {
                copy(file);
                HandlerKey key = new HandlerKey(runtime, HANDLER);
                host.load(new HandlerSource(key, file));
                CompletableFuture<StepResult> completion = new CompletableFuture<>();
                host.start(attempt(key), completion::complete);
                check(completion
                        .orTimeout(TIME_MAX.toMillis(), TimeUnit.MILLISECONDS)
                        .join());
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(folder);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void copy(Path file) throws IOException {
        try (InputStream code = Objects.requireNonNull(
                GuestTrial.class.getResourceAsStream("trial." + suffix()), "the trial handler is missing")) {
            Files.copy(code, file);
        }
    }

    private static void check(StepResult result) {
        if (result instanceof StepResult.Failure failure) {
            throw new IllegalStateException(
                    failure.error().errorClass() + ": " + failure.error().message());
        }
    }

    private String suffix() {
        return switch (runtime) {
            case JAVASCRIPT -> "mjs";
            case PYTHON -> "py";
            case RUBY -> "rb";
            case JAVA -> throw new IllegalStateException("Java is no guest language");
        };
    }

    private static StepAttempt attempt(HandlerKey key) {
        Task task = new Task(
                new TaskId(1),
                "default",
                "trial",
                "1.0.0",
                Map.of("name", "Tasker", "items", List.of(Map.of("quantity", 2L))),
                "tasker",
                "tasker",
                "trial",
                List.of(),
                "trial",
                Instant.EPOCH);
        Step step = new Step(new StepId(1), "trial", 1, 1, Map.of(), Map.of());
        Ancestor start = new Ancestor("start", "complete", Map.of("lines", List.of(1L, 2L)));
        return new StepAttempt(new ClaimId(1), key, task, _ -> start, step, null, DataFolder.none(), TIME_MAX);
    }
}
