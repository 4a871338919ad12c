package dev.tasker.embedding;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.TaskerException;
import dev.tasker.json.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers requests; whatever goes wrong becomes a status and an error in JSON. Safe from any thread.
final class Requests {
    private static final Logger log = LoggerFactory.getLogger(Requests.class);

    private final NativeQueues queues;
    private final Map<Long, EmbeddedEngine> engines = new ConcurrentHashMap<>();

    Requests(NativeQueues queues) {
        this.queues = queues;
    }

    /// Answers a request, exactly once.
    void answer(Request request) {
        Status status;
        String text;
        try {
            Answer answer = perform(request);
            status = answer.status();
            text = answer.json();
        } catch (TaskerException problem) {
            status = Status.INVALID;
            text = Json.write(error(problem));
        } catch (WorkException problem) {
            status = Status.INVALID;
            text = error(problem.code(), String.valueOf(problem.getMessage()), problem.details());
        } catch (InterruptedException problem) {
            status = Status.CLOSED;
            text = Json.write(closes());
        } catch (Throwable problem) {
            // Errors too: the caller waits for an answer.
            log.atError().setCause(problem).log("a request failed");
            status = Status.INTERNAL;
            text = Json.write(bug(problem));
        }
        queues.reply(request.id(), status, text);
    }

    /// What a request came to.
    private record Answer(Status status, String json) {
        static Answer of(@Nullable Object value) {
            return new Answer(Status.OK, Json.write(value));
        }
    }

    private Answer perform(Request request) throws InterruptedException {
        if (request.kind() == RequestKind.OPEN) {
            engines.put(
                    request.engine(), EmbeddedEngine.open(object(request.json(), "config"), queues, request.engine()));
            return new Answer(Status.OK, "");
        }
        EmbeddedEngine engine = engines.get(request.engine());
        if (engine == null) {
            return new Answer(Status.CLOSED, error("ENGINE_CLOSED", "the engine is closed, or closes", Map.of()));
        }
        return switch (request.kind()) {
            case CLOSE -> {
                try {
                    // What still runs beats and completes meanwhile.
                    engine.close(Duration.ofMillis(request.number()));
                } finally {
                    engines.remove(request.engine());
                }
                yield new Answer(Status.OK, "");
            }
            case CALL -> Answer.of(engine.operations().call(request.name(), object(request.json(), "request")));
            case COMPLETE -> complete(engine, request);
            case EXTEND -> extend(engine, request.number());
            case HANDLE -> Answer.of(engine.handle(request.number(), request.id()));
            case OPEN -> throw new IllegalStateException("opened above");
        };
    }

    private static Answer complete(EmbeddedEngine engine, Request request) {
        return engine.host().complete(request.number(), object(request.json(), "outcome"))
                ? new Answer(Status.OK, "")
                : unknownWork(request.number());
    }

    private static Answer extend(EmbeddedEngine engine, long work) {
        return switch (engine.host().extend(work)) {
            case EXTENDED -> new Answer(Status.OK, "");
            case CANCELLED ->
                new Answer(
                        Status.CLOSED,
                        error(ErrorCode.STEP_CANCELLED.name(), "the attempt was cancelled; stop it", Map.of()));
            case UNKNOWN -> unknownWork(work);
        };
    }

    private static Answer unknownWork(long work) {
        return new Answer(
                Status.HANDLE,
                error("WORK_UNKNOWN", "there is no work " + work + ": it never was, or is completed", Map.of()));
    }

    @SuppressWarnings("unchecked") // Json gives objects as maps with text keys
    private static Map<String, @Nullable Object> object(String json, String what) {
        if (json.isEmpty()) {
            return Map.of();
        }
        if (Json.parse(json, what) instanceof Map<?, ?> map) {
            return (Map<String, @Nullable Object>) map;
        }
        throw new InvalidRequestException(
                ErrorCode.REQUEST_INVALID, "the " + what + " must be a JSON object", Map.of("what", what));
    }

    /// An error as the program reads it.
    static Map<String, @Nullable Object> error(TaskerException problem) {
        return fields(problem.code().name(), String.valueOf(problem.getMessage()), problem.details());
    }

    static Map<String, @Nullable Object> closes() {
        return fields(ErrorCode.STEP_CANCELLED.name(), "the engine closes", Map.of());
    }

    static Map<String, @Nullable Object> bug(Throwable problem) {
        return fields(ErrorCode.INTERNAL.name(), "a bug of Tasker: " + problem, Map.of());
    }

    private static String error(String code, String message, Map<String, ?> details) {
        return Json.write(fields(code, message, details));
    }

    private static Map<String, @Nullable Object> fields(String code, String message, Map<String, ?> details) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("code", code);
        json.put("message", message);
        json.put("details", details);
        return json;
    }
}
