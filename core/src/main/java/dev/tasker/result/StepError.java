package dev.tasker.result;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A failed attempt as it is stored with the step.
///
/// @param errorClass class of the exception in its own language
/// @param errorCode  a stable code: the handler's own, or the name of an [dev.tasker.error.ErrorCode]
/// @param retryable  false: the step is not tried again, whatever its retry limit
/// @param retryAfter what a server asked for; replaces the step's backoff
/// @param context    JSON-like values given by the handler
/// @param backtrace  lines of the form `file:line:in name`, innermost first
public record StepError(
        String errorClass,
        String message,
        @Nullable String errorCode,
        boolean retryable,
        @Nullable Duration retryAfter,
        Map<String, Object> context,
        @Nullable StepError cause,
        List<String> backtrace) {
    /// Bounds of what is stored; longer texts and traces are cut.
    public static final int MESSAGE_CHARS_MAX = 10_000;

    public static final int BACKTRACE_LINES_MAX = 50;
    private static final int CAUSES_MAX = 5;

    public StepError {
        message = cut(message);
        context = Collections.unmodifiableMap(new LinkedHashMap<>(context));
        backtrace = List.copyOf(backtrace.subList(0, Math.min(backtrace.size(), BACKTRACE_LINES_MAX)));
    }

    /// A failure that Tasker itself found, without a trace.
    public static StepError permanent(
            String errorClass, String message, String errorCode, Map<String, Object> context) {
        return new StepError(errorClass, message, errorCode, false, null, context, null, List.of());
    }

    /// A failure that Tasker itself found and that another attempt may mend.
    public static StepError retryable(String errorClass, String message, String errorCode) {
        return new StepError(errorClass, message, errorCode, true, null, Map.of(), null, List.of());
    }

    /// The stored form: `{class, message, error_code, retryable, retry_after, context, cause, backtrace}`.
    public Map<String, @Nullable Object> toJson() {
        return toJson(CAUSES_MAX);
    }

    private Map<String, @Nullable Object> toJson(int causesLeft) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("class", errorClass);
        json.put("message", message);
        json.put("error_code", errorCode);
        json.put("retryable", retryable);
        json.put("retry_after", retryAfter == null ? null : retryAfter.toMillis() / 1000.0);
        json.put("context", context);
        json.put("cause", cause == null || causesLeft == 0 ? null : cause.toJson(causesLeft - 1));
        json.put("backtrace", new ArrayList<>(backtrace));
        return json;
    }

    private static String cut(String text) {
        return text.length() <= MESSAGE_CHARS_MAX ? text : text.substring(0, MESSAGE_CHARS_MAX) + "… (cut)";
    }
}
