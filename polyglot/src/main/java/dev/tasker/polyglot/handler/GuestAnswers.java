package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.polyglot.convert.FlatReader;
import dev.tasker.polyglot.convert.MalformedException;
import dev.tasker.polyglot.convert.NotStorableException;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/// Turns what a guest answered into the outcome of an attempt.
final class GuestAnswers {
    private static final double RETRY_AFTER_SECONDS_MAX = 1e9;
    /// How the JVM calls it; what guests raise themselves is described inside of them.
    private static final List<String> NO_MEMORY = List.of("memory", "heap space", "array size exceeds", "gc overhead");

    /// What Python and Ruby raise where a single allocation does not fit.
    private static final Set<String> OUT_OF_MEMORY = Set.of("MemoryError", "NoMemoryError");

    private static final Pattern HOST_OBJECT = Pattern.compile("com\\.oracle\\.truffle\\.host\\.\\w+@\\w+");
    private static final Pattern JAVA_CLASS = Pattern.compile("\\b(?:java|com|org)(?:\\.\\w+){2,}(?:\\$\\w+)*:?");

    private GuestAnswers() {}

    static StepResult read(Value answer) {
        return switch (FlatReader.kind(answer)) {
            case "ok" -> success(answer);
            case "refused" -> refused(FlatReader.description(answer));
            default -> new StepResult.Failure(error(FlatReader.description(answer)));
        };
    }

    private static StepResult success(Value answer) {
        try {
            return new StepResult.Success(FlatReader.value(answer));
        } catch (NotStorableException problem) {
            return refused(Map.of(
                    "code", ErrorCode.RESULT_NOT_JSON.name(), "path", problem.path(), "reason", problem.reason()));
        }
    }

    private static StepResult refused(Map<String, @Nullable Object> refusal) {
        String path = text(refusal, "path");
        // As the engine says it of the results of Java handlers.
        return new StepResult.Failure(StepError.permanent(
                "ResultNotJson",
                "the result cannot be stored: " + path + ": " + text(refusal, "reason"),
                text(refusal, "code"),
                Map.of("path", path)));
    }

    /// The guest's description of what was raised.
    static StepError error(Map<?, ?> description) {
        String errorClass = text(description, "class");
        Object code =
                OUT_OF_MEMORY.contains(errorClass) ? ErrorCode.MEMORY_EXHAUSTED.name() : description.get("error_code");
        return new StepError(
                errorClass,
                HOST_OBJECT.matcher(text(description, "message")).replaceAll("the task's data, which is read-only,"),
                code == null ? null : code.toString(),
                !text(description, "kind").equals("permanent"),
                delay(description.get("retry_after")),
                context(description.get("context")),
                description.get("cause") instanceof Map<?, ?> cause ? error(cause) : null,
                backtrace(description.get("backtrace")));
    }

    /// What ended a context, or could not be described inside it.
    static StepError error(PolyglotException problem) {
        if (problem.isExit()) {
            return StepError.retryable(
                    "HandlerExit",
                    "the handler ended its process (exit status " + problem.getExitStatus()
                            + "); only its context was ended",
                    ErrorCode.HANDLER_CRASHED.name());
        }
        String message = String.valueOf(problem.getMessage());
        if (!problem.isCancelled() && NO_MEMORY.stream().anyMatch(message.toLowerCase(Locale.ROOT)::contains)) {
            return memoryExhausted(message);
        }
        String reason = withoutJava(message);
        return StepError.retryable(
                "HandlerCrash",
                "the language failed under the handler" + (reason.isEmpty() ? "" : ": " + reason),
                ErrorCode.HANDLER_CRASHED.name());
    }

    /// A later attempt finds a fresh context.
    static StepError broken(MalformedException problem) {
        return StepError.retryable(
                "HandlerCrash",
                "the handler has changed what its language is built on, or its answer: " + problem.getMessage(),
                ErrorCode.HANDLER_CRASHED.name());
    }

    /// What the languages say of objects and errors of the host names classes that mean nothing to a handler's author.
    private static String withoutJava(String message) {
        return JAVA_CLASS
                .matcher(HOST_OBJECT.matcher(message).replaceAll("the task's data, which is read-only,"))
                .replaceAll("")
                .strip();
    }

    static StepError memoryExhausted(String reason) {
        return StepError.retryable(
                "MemoryExhausted",
                "the handler needs more memory than there is: " + reason,
                ErrorCode.MEMORY_EXHAUSTED.name());
    }

    private static String text(Map<?, ?> description, String key) {
        return String.valueOf(description.get(key));
    }

    private static @Nullable Duration delay(@Nullable Object seconds) {
        return seconds instanceof Number number
                ? Duration.ofMillis(Math.round(Math.min(number.doubleValue(), RETRY_AFTER_SECONDS_MAX) * 1000))
                : null;
    }

    private static Map<String, Object> context(@Nullable Object value) {
        Map<String, Object> context = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> entries) {
            // Nulls are values of JSON; the map of a StepError carries them although its type does not say so.
            entries.forEach((key, entry) -> put(context, key, entry));
        }
        return context;
    }

    @SuppressWarnings("NullAway") // see above
    private static void put(Map<String, Object> context, Object key, @Nullable Object entry) {
        context.put(key.toString(), entry);
    }

    private static List<String> backtrace(@Nullable Object lines) {
        return lines instanceof List<?> list
                ? list.stream().filter(Objects::nonNull).map(Object::toString).toList()
                : List.of();
    }
}
