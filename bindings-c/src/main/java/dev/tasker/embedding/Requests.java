package dev.tasker.embedding;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.TaskerException;
import dev.tasker.json.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers requests; whatever goes wrong becomes a status and an error in JSON. Safe from any thread.
final class Requests {
    private static final Logger log = LoggerFactory.getLogger(Requests.class);

    private static final String NO_ROOM_MESSAGE = "the JVM has no room for this request; give it more with heap_max_mb";

    /// Made beforehand, for the time when there is no room to make it.
    static final String NO_ROOM = "{\"code\":\"OUT_OF_MEMORY\",\"message\":\"" + NO_ROOM_MESSAGE + "\",\"details\":{}}";

    private static final Answer DONE = new Answer(Status.OK, "");

    private final NativeQueues queues;
    private final Map<Long, EmbeddedEngine> engines = new ConcurrentHashMap<>();

    Requests(NativeQueues queues) {
        this.queues = queues;
    }

    /// Answers a request, exactly once.
    void answer(Request request) {
        try {
            Answer answer = answerOf(request);
            queues.reply(request.id(), answer.status(), answer.json());
        } catch (Throwable problem) {
            // There was no room for the answer; this one needs next to none. A second answer has no effect.
            queues.reply(request.id(), Status.NOMEM, NO_ROOM);
        }
    }

    private Answer answerOf(Request request) {
        try {
            return perform(request);
        } catch (TaskerException | WorkException | IllegalArgumentException problem) {
            return new Answer(Status.INVALID, Json.write(error(problem)));
        } catch (InterruptedException problem) {
            return closed();
        } catch (OutOfMemoryError problem) {
            return new Answer(Status.NOMEM, NO_ROOM);
        } catch (Throwable problem) {
            // Errors too: the caller waits for an answer.
            return new Answer(Status.INTERNAL, Json.write(error(problem)));
        }
    }

    /// What a request came to.
    private record Answer(Status status, String json) {
        static Answer of(@Nullable Object value) {
            return new Answer(Status.OK, Json.write(value));
        }
    }

    private Answer perform(Request request) throws InterruptedException {
        String json = request.json().read();
        if (request.kind() == RequestKind.OPEN) {
            engines.put(request.engine(), EmbeddedEngine.open(object(json, "config"), queues, request.engine()));
            return DONE;
        }
        EmbeddedEngine engine = engines.get(request.engine());
        if (engine == null) {
            return closed();
        }
        return switch (request.kind()) {
            case CLOSE -> close(engine, request, object(json, "work"));
            case CALL -> call(engine, request.name().read(), object(json, "request"));
            case COMPLETE -> complete(engine, request.number(), object(json, "outcome"));
            case EXTEND -> extend(engine, request.number());
            case HANDLE ->
                engine.during(() -> Answer.of(engine.handle(request.number(), request.id())))
                        .orElseGet(Requests::closed);
            case RETURN -> {
                engine.host().giveUp(request.number());
                yield DONE;
            }
            case OPEN -> throw new IllegalStateException("opened above");
        };
    }

    private Answer close(EmbeddedEngine engine, Request request, Map<String, @Nullable Object> waiting) {
        try {
            engine.close(
                    Duration.ofMillis(request.number()),
                    waiting.get("work_ids") instanceof List<?> ids ? ids : List.of());
        } finally {
            engines.remove(request.engine());
        }
        return DONE;
    }

    /// A handler that runs may still ask for things while the engine closes.
    private static Answer call(EmbeddedEngine engine, String operation, Map<String, @Nullable Object> arguments)
            throws InterruptedException {
        if (operation.equals(EngineOperations.WORK)) {
            return Answer.of(engine.operations().call(operation, arguments));
        }
        return engine.during(() -> Answer.of(engine.operations().call(operation, arguments)))
                .orElseGet(Requests::closed);
    }

    private static Answer closed() {
        return new Answer(Status.CLOSED, error("ENGINE_CLOSED", "the engine is closed, or closes", Map.of()));
    }

    private static Answer complete(EmbeddedEngine engine, long work, Map<String, @Nullable Object> outcome) {
        return engine.host().complete(work, outcome) ? DONE : unknownWork(work);
    }

    private static Answer extend(EmbeddedEngine engine, long work) {
        return switch (engine.host().extend(work)) {
            case EXTENDED -> DONE;
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

    /// What went wrong, as the program reads it.
    static Map<String, @Nullable Object> error(Throwable problem) {
        return switch (problem) {
            case TaskerException refused ->
                fields(refused.code().name(), String.valueOf(refused.getMessage()), refused.details());
            case WorkException raised -> fields(raised.code(), String.valueOf(raised.getMessage()), raised.details());
            // Records of the core check what they are made of: names, paths, numbers.
            case IllegalArgumentException wrong ->
                fields(ErrorCode.REQUEST_INVALID.name(), String.valueOf(wrong.getMessage()), Map.of());
            case InterruptedException _ -> fields(ErrorCode.STEP_CANCELLED.name(), "the engine closes", Map.of());
            case OutOfMemoryError _ -> fields("OUT_OF_MEMORY", NO_ROOM_MESSAGE, Map.of());
            default -> {
                log.atError().setCause(problem).log("a request failed");
                yield fields(ErrorCode.INTERNAL.name(), "a bug of Tasker: " + problem, Map.of());
            }
        };
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
