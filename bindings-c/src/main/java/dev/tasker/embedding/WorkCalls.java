package dev.tasker.embedding;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.error.StepCancelledException;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.http.ApiResponse;
import dev.tasker.execution.http.AttemptHttp;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/// What a handler asks its host for while it runs; the same operations as for hosted handlers. One at a time, and
/// beside it one HTTP call: a program with a single thread must not wait for that one to write a line of its log.
final class WorkCalls {
    /// HTTP calls, which last as long as the server takes.
    static final Set<String> EXCHANGES = new TreeSet<>(Set.of("http", "api_send"));

    private final StepAttempt attempt;
    private final BooleanSupplier isCancelled;
    private final List<ApiResponse> responses = new CopyOnWriteArrayList<>();
    private final Object exchangeTurn = new Object();
    private final Object otherTurn = new Object();
    private volatile @Nullable AttemptHttp http;

    /// Guards the three below.
    private final Object waiting = new Object();

    private CompletableFuture<?> lastBegun = CompletableFuture.completedFuture(null);
    private @Nullable Thread waiter;
    private boolean isOver;

    WorkCalls(StepAttempt attempt, BooleanSupplier isCancelled) {
        this.attempt = attempt;
        this.isCancelled = isCancelled;
    }

    /// Performs an operation.
    ///
    /// @throws WorkException an error that the handler is to raise
    @Nullable
    Object call(String operation, List<?> arguments) throws InterruptedException {
        try {
            synchronized (EXCHANGES.contains(operation) ? exchangeTurn : otherTurn) {
                return answer(operation, arguments);
            }
        } catch (StepCancelledException error) {
            throw failure(ErrorCode.STEP_CANCELLED.name(), "cancelled", error, null, Map.of());
        } catch (PermanentError error) {
            throw failure(error.errorCode().orElse(""), "permanent", error, null, error.context());
        } catch (RetryableError error) {
            throw failure("", "retryable", error, error.retryAfter().orElse(null), error.context());
        }
    }

    /// Has an HTTP call made on another thread, after those that were begun before it.
    void begin(Runnable exchange) {
        synchronized (waiting) {
            lastBegun = lastBegun.handleAsync(
                    (_, _) -> {
                        exchange.run();
                        return null;
                    },
                    Thread.ofVirtual().name("tasker-http")::start);
        }
    }

    /// Ends an HTTP call that is on its way: nobody wants its answer any more, and its caller waits for it.
    void giveUp() {
        synchronized (waiting) {
            isOver = true;
            if (waiter != null) {
                waiter.interrupt();
            }
        }
    }

    /// Does not wait for a call that is on its way.
    void close() {
        giveUp();
        AttemptHttp used = http;
        if (used != null) {
            Thread.ofVirtual().name("tasker-close-http").start(used::close);
        }
    }

    private @Nullable Object answer(String operation, List<?> arguments) throws InterruptedException {
        return switch (operation) {
            case "read_text" -> attempt.dataFolder().readText(text(arguments, 0));
            case "publish" -> {
                attempt.events().publish(text(arguments, 0), map(arguments, 1));
                yield null;
            }
            case "lookup" -> EmbeddedHost.ancestor(attempt.sequence().findStepByName(text(arguments, 0)));
            case "log" -> {
                attempt.log().write(level(text(arguments, 0)), text(arguments, 1), map(arguments, 2));
                yield null;
            }
            case "heartbeat" -> {
                if (isCancelled.getAsBoolean()) {
                    throw new StepCancelledException("the step was cancelled", Map.of());
                }
                if (arguments.isEmpty()) {
                    attempt.progress().heartbeat();
                } else {
                    attempt.progress().heartbeat(arguments.getFirst());
                }
                yield null;
            }
            case "checkpoint" -> attempt.progress().checkpoint();
            case "is_cancelled" -> isCancelled.getAsBoolean();
            case "http" -> response(exchange(() -> http().request(map(arguments, 0))));
            case "api_send" -> response(exchange(() -> apiSend(arguments)));
            case "api_check" -> {
                http().check(responses.get(index(arguments)));
                yield null;
            }
            case "api_results" -> responses.get(index(arguments)).toResults();
            default ->
                throw new PermanentError(
                        "there is no operation `" + operation + "` of a handler",
                        ErrorCode.REQUEST_INVALID.name(),
                        Map.of());
        };
    }

    private ApiResponse apiSend(List<?> arguments) throws InterruptedException {
        String url = arguments.size() > 1 && arguments.get(1) != null ? text(arguments, 1) : null;
        return http().send(text(arguments, 0), url, arguments.size() > 2 ? arguments.get(2) : null);
    }

    /// Waits for an answer, no longer than the attempt lasts. Only here is this thread interrupted: it would lose its
    /// connection to the database elsewhere.
    private ApiResponse exchange(Exchange exchange) {
        synchronized (waiting) {
            if (isOver) {
                throw givenUp();
            }
            waiter = Thread.currentThread();
        }
        try {
            return exchange.perform();
        } catch (InterruptedException interrupted) {
            throw givenUp();
        } finally {
            synchronized (waiting) {
                waiter = null;
                // One that came with the answer is not for what comes next.
                boolean _ = Thread.interrupted();
            }
        }
    }

    private static StepCancelledException givenUp() {
        return new StepCancelledException("the attempt is over; its HTTP call was given up", Map.of());
    }

    @FunctionalInterface
    private interface Exchange {
        ApiResponse perform() throws InterruptedException;
    }

    private AttemptHttp http() {
        AttemptHttp known = http;
        if (known == null) {
            known = new AttemptHttp(attempt);
            http = known;
        }
        return known;
    }

    private Map<String, @Nullable Object> response(ApiResponse response) {
        responses.add(response);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("status", response.status());
        fields.put("headers", response.headers());
        fields.put("text", response.text());
        fields.put("url", response.url().toString());
        fields.put("index", responses.size() - 1);
        return fields;
    }

    private int index(List<?> arguments) {
        Object given = arguments.isEmpty() ? null : arguments.getFirst();
        if (given instanceof Number number && number.intValue() >= 0 && number.intValue() < responses.size()) {
            return number.intValue();
        }
        throw invalid("there is no response " + given);
    }

    private static Level level(String name) {
        try {
            return Level.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw invalid("there is no level `" + name + "`");
        }
    }

    private static String text(List<?> arguments, int index) {
        if (index < arguments.size() && arguments.get(index) instanceof String text) {
            return text;
        }
        throw invalid("argument " + index + " must be text");
    }

    @SuppressWarnings("unchecked") // JSON objects have text keys
    private static Map<String, @Nullable Object> map(List<?> arguments, int index) {
        Object given = index < arguments.size() ? arguments.get(index) : null;
        return switch (given) {
            case null -> Map.of();
            case Map<?, ?> map -> (Map<String, @Nullable Object>) map;
            default -> throw invalid("argument " + index + " must be an object");
        };
    }

    private static PermanentError invalid(String reason) {
        return new PermanentError(reason, ErrorCode.REQUEST_INVALID.name(), Map.of());
    }

    private static WorkException failure(
            String code, String kind, RuntimeException error, @Nullable Duration retryAfter, Map<String, ?> context) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("kind", kind);
        details.put("context", context);
        if (retryAfter != null) {
            details.put("retry_after", retryAfter.toMillis() / 1000.0);
        }
        return new WorkException(code, String.valueOf(error.getMessage()), details);
    }
}
