package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.error.StepCancelledException;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.execution.http.ApiResponse;
import dev.tasker.execution.http.AttemptHttp;
import dev.tasker.polyglot.convert.FlatReader;
import dev.tasker.polyglot.convert.HostValues;
import dev.tasker.polyglot.convert.MalformedException;
import dev.tasker.polyglot.convert.NotStorableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/// What the host gives to one attempt: its data, and one function through which the guest calls back.
///
/// An answer is an array: its kind (`ok`, `permanent`, `retryable`, `cancelled`, `ended`), then the value or
/// the message. Errors cross as values; the prelude raises them as the guest's own, so that a handler can catch
/// them. Once it is closed it does nothing any more, whoever has kept it. Safe from the threads of one context.
final class HostCalls implements ProxyExecutable, AutoCloseable {
    private static final double NO_DELAY = -1;
    private static final String ENDED = "the attempt has ended; nothing can be done in its name any more";
    private static final String HOST_CALL_INVALID = ErrorCode.HOST_CALL_INVALID.name();

    private final AttemptWork work;
    private final StepAttempt attempt;
    private final HostValues values;
    private final List<ApiResponse> responses = new ArrayList<>(0);
    private @Nullable AttemptHttp http;
    private boolean isClosed;

    HostCalls(AttemptWork work, HostValues values) {
        this.work = work;
        this.attempt = work.attempt();
        this.values = values;
    }

    Object task() {
        Task task = attempt.task();
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("task_id", task.taskId().toString());
        fields.put("namespace", task.namespace());
        fields.put("name", task.name());
        fields.put("version", task.version());
        fields.put("context", task.context());
        fields.put("initiator", task.initiator());
        fields.put("source_system", task.sourceSystem());
        fields.put("reason", task.reason());
        fields.put("tags", task.tags());
        fields.put("correlation_id", task.correlationId());
        fields.put("requested_at", task.requestedAt());
        return values.showFields(fields);
    }

    Object step() {
        Step step = attempt.step();
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("workflow_step_id", step.stepId().toString());
        fields.put("name", step.name());
        fields.put("attempts", step.attempts());
        fields.put("retry_limit", step.retryLimit());
        fields.put("inputs", step.inputs());
        fields.put("config", step.config());
        return values.showFields(fields);
    }

    @Nullable
    Object config() {
        return values.show(attempt.step().config());
    }

    @Nullable
    Object previousResults() {
        return values.show(attempt.previousResults());
    }

    /// Takes the name of an operation, then its arguments.
    @Override
    public synchronized Object execute(Value... arguments) {
        if (isClosed) {
            return failure("ended", new IllegalStateException(ENDED), "", NO_DELAY, Map.of());
        }
        try {
            return ProxyArray.fromArray("ok", answer(arguments));
        } catch (StepCancelledException error) {
            return failure("cancelled", error, "", NO_DELAY, Map.of());
        } catch (PermanentError error) {
            return failure("permanent", error, error.errorCode().orElse(""), NO_DELAY, error.context());
        } catch (RetryableError error) {
            double seconds = error.retryAfter().map(HostCalls::seconds).orElse(NO_DELAY);
            return failure("retryable", error, "", seconds, error.context());
        } catch (InterruptedException interrupted) {
            // Whoever interrupts a call of the host stops the attempt.
            return failure("cancelled", new IllegalStateException("the step was stopped"), "", NO_DELAY, Map.of());
        } catch (PolyglotException error) {
            // The guest's own, raised where the host looked at an argument.
            if (error.isCancelled() || error.isExit() || error.isInternalError()) {
                throw error;
            }
            return failure("permanent", misuse("an argument cannot be read"), HOST_CALL_INVALID, NO_DELAY, Map.of());
        } catch (MalformedException error) {
            return failure("permanent", error, HOST_CALL_INVALID, NO_DELAY, Map.of());
        } catch (RuntimeException error) {
            // The database, for example: another attempt may find it well.
            return failure(
                    "retryable",
                    error,
                    "",
                    NO_DELAY,
                    Map.of("class", error.getClass().getName()));
        }
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        if (http != null) {
            http.close();
        }
    }

    private @Nullable Object answer(Value[] arguments) throws InterruptedException {
        return switch (text(arguments, 0)) {
            case "read_text" -> values.show(attempt.dataFolder().readText(text(arguments, 1)));
            case "publish" -> publish(text(arguments, 1), required(arguments, 2));
            case "lookup" -> ancestor(text(arguments, 1));
            case "log" -> log(text(arguments, 1), text(arguments, 2), flat(arguments, 3));
            case "heartbeat" -> heartbeat(flat(arguments, 1));
            case "checkpoint" -> values.show(attempt.progress().checkpoint());
            case "is_cancelled" ->
                values.show(work.isCancelled() || attempt.progress().isCancelled());
            case "http" -> response(http().request(map(required(arguments, 1), "request")));
            case "api_send" -> response(http().send(text(arguments, 1), optionalText(arguments, 2), body(arguments)));
            case "api_check" -> check(known(arguments));
            case "api_results" -> values.show(known(arguments).toResults());
            case String operation -> throw misuse("there is no operation `" + operation + "`");
        };
    }

    private @Nullable Object publish(String name, Value flat) {
        attempt.events().publish(name, payload(name, flat));
        return values.show(null);
    }

    private static Map<String, @Nullable Object> payload(String name, Value flat) {
        String reason = "its payload must be a map";
        try {
            if (FlatReader.value(flat, "payload") instanceof Map<?, ?> payload) {
                return withTextKeys(payload);
            }
        } catch (NotStorableException problem) {
            reason = String.valueOf(problem.getMessage());
        }
        throw new PermanentError(
                "event `" + name + "` cannot be published: " + reason,
                ErrorCode.EVENT_INVALID.name(),
                Map.of("event", name));
    }

    private Object ancestor(String name) {
        Sequence.Ancestor found = attempt.sequence().findStepByName(name);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("name", found.name());
        fields.put("state", found.state());
        fields.put("results", found.results());
        return values.showFields(fields);
    }

    private @Nullable Object log(String level, String message, @Nullable Value fields) {
        Level known = Arrays.stream(Level.values())
                .filter(each -> each.name().equals(level.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> misuse("there is no level `" + level + "`"));
        attempt.log().write(known, message, fields == null ? Map.of() : FlatReader.description(fields));
        return values.show(null);
    }

    private @Nullable Object heartbeat(@Nullable Value checkpoint) {
        if (work.isCancelled()) {
            throw new StepCancelledException("the step was cancelled", Map.of());
        }
        if (checkpoint == null) {
            attempt.progress().heartbeat();
        } else {
            attempt.progress().heartbeat(storable(checkpoint, "checkpoint", ErrorCode.CHECKPOINT_INVALID));
        }
        return values.show(null);
    }

    private Object response(ApiResponse response) {
        responses.add(response);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("status", response.status());
        fields.put("headers", response.headers());
        fields.put("text", response.text());
        fields.put("url", response.url().toString());
        fields.put("index", responses.size() - 1);
        return values.showFields(fields);
    }

    private @Nullable Object check(ApiResponse response) {
        http().check(response);
        return values.show(null);
    }

    private ApiResponse known(Value[] arguments) {
        Value index = required(arguments, 1);
        if (!index.fitsInInt() || index.asInt() < 0 || index.asInt() >= responses.size()) {
            throw misuse("there is no such response");
        }
        return responses.get(index.asInt());
    }

    private AttemptHttp http() {
        AttemptHttp known = http;
        if (known == null) {
            known = new AttemptHttp(attempt);
            http = known;
        }
        return known;
    }

    private static @Nullable Object body(Value[] arguments) {
        Value flat = flat(arguments, 3);
        return flat == null ? null : storable(flat, "json", ErrorCode.HTTP_REQUEST_INVALID);
    }

    private static Map<String, @Nullable Object> map(Value flat, String root) {
        return storable(flat, root, ErrorCode.HTTP_REQUEST_INVALID) instanceof Map<?, ?> map
                ? withTextKeys(map)
                : Map.of();
    }

    private static @Nullable Object storable(Value flat, String root, ErrorCode code) {
        try {
            return FlatReader.value(flat, root);
        } catch (NotStorableException problem) {
            throw new PermanentError(String.valueOf(problem.getMessage()), code.name(), Map.of("path", problem.path()));
        }
    }

    @SuppressWarnings("unchecked") // the reader makes maps with text keys only
    private static Map<String, @Nullable Object> withTextKeys(Map<?, ?> map) {
        return (Map<String, @Nullable Object>) map;
    }

    private static String text(Value[] arguments, int index) {
        Value given = required(arguments, index);
        if (!given.isString()) {
            throw misuse("its argument " + index + " must be text");
        }
        return given.asString();
    }

    private static @Nullable String optionalText(Value[] arguments, int index) {
        return flat(arguments, index) == null ? null : text(arguments, index);
    }

    private static @Nullable Value flat(Value[] arguments, int index) {
        Value given = index < arguments.length ? arguments[index] : null;
        return given == null || given.isNull() ? null : given;
    }

    private static Value required(Value[] arguments, int index) {
        if (index >= arguments.length) {
            throw misuse("its argument " + index + " is missing");
        }
        return arguments[index];
    }

    /// The prelude makes no such calls; a handler that got hold of this function may.
    private static PermanentError misuse(String problem) {
        return new PermanentError("the host does not understand a call: " + problem, HOST_CALL_INVALID, Map.of());
    }

    private ProxyArray failure(String kind, RuntimeException error, String code, double delay, Map<String, ?> context) {
        return ProxyArray.fromArray(kind, String.valueOf(error.getMessage()), code, delay, values.show(context));
    }

    private static double seconds(Duration delay) {
        return delay.toMillis() / 1000.0;
    }
}
