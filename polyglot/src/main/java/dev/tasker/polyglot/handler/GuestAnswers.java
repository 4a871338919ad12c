package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.polyglot.convert.FlatReader;
import dev.tasker.polyglot.convert.NotStorableException;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/// Turns what a guest answered into the outcome of an attempt.
final class GuestAnswers {
    private static final double RETRY_AFTER_SECONDS_MAX = 1e9;

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
        Object code = description.get("error_code");
        return new StepError(
                text(description, "class"),
                text(description, "message"),
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
        if (problem.isResourceExhausted() && message.toLowerCase(Locale.ROOT).contains("memory")) {
            return memoryExhausted(message);
        }
        return StepError.retryable("HandlerCrash", message, ErrorCode.HANDLER_CRASHED.name());
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
