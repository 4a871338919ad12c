package dev.tasker.event;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What kind of problem a failed attempt had, judged by class, code and message; for alerts and metrics.
public enum ErrorCategory {
    TIMEOUT("timeout|timed out", 408, 408),
    RATE_LIMIT("ratelimit|rate limit|too many requests", 429, 429),
    NOT_FOUND("notfound|not found", 404, 404),
    AUTH("unauthorized|forbidden|authentication|authorization", 401, 401),
    NETWORK("connection|network|socket|unknownhost|econn", -1, -1),
    CLIENT_ERROR("", 400, 499),
    SERVER_ERROR("server error", 500, 599),
    RUNTIME("runtime|nullpointer|argument|typeerror|nameerror", -1, -1),
    OTHER("", -1, -1);

    private static final Pattern HTTP_CODE = Pattern.compile("HTTP_(\\d{3})");
    private static final int FORBIDDEN = 403;

    private final String words;
    private final int codeMin;
    private final int codeMax;

    ErrorCategory(String words, int codeMin, int codeMax) {
        this.words = words;
        this.codeMin = codeMin;
        this.codeMax = codeMax;
    }

    /// Judges a failure event: an HTTP code counts first, then the class, then the message.
    public static ErrorCategory of(LifecycleEvent event) {
        Matcher code = HTTP_CODE.matcher(event.text("error_code").orElse(""));
        if (code.matches()) {
            return ofHttp(Integer.parseInt(code.group(1)));
        }
        ErrorCategory byClass = ofText(event.text("exception_class").orElse(""));
        if (byClass != OTHER && byClass != RUNTIME) {
            return byClass;
        }
        ErrorCategory byMessage = ofText(event.text("error_message").orElse(""));
        return byMessage == OTHER ? byClass : byMessage;
    }

    static ErrorCategory ofHttp(int code) {
        if (code == FORBIDDEN) {
            return AUTH;
        }
        return List.of(values()).stream()
                .filter(category -> category.codeMin <= code && code <= category.codeMax)
                .findFirst()
                .orElse(OTHER);
    }

    private static ErrorCategory ofText(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return List.of(values()).stream()
                .filter(category -> category.isNamedIn(lower))
                .findFirst()
                .orElse(OTHER);
    }

    private boolean isNamedIn(String lower) {
        return !words.isEmpty() && Arrays.stream(words.split("\\|", -1)).anyMatch(lower::contains);
    }

    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
