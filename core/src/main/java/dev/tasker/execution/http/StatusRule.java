package dev.tasker.execution.http;

import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a status means for the step.
///
/// @param clock   what `Retry-After` is compared with when the server sends no `Date`
/// @param attempt from 1
record StatusRule(ApiConfig config, InstantSource clock, int attempt) {
    private static final int BODY_CHARS_MAX = 10_000;
    private static final int MESSAGE_CHARS_MAX = 300;
    private static final int NOT_MODIFIED = 304;
    private static final Set<Integer> ASKS_TO_WAIT = Set.of(429, 503);
    /// The same request would be refused again.
    private static final Set<Integer> FINAL = Set.of(
            400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 412, 413, 414, 415, 416, 417, 422, 426, 428, 431, 451);
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

    /// Returns a response that is a success.
    ///
    /// @throws RetryableError another attempt may succeed
    /// @throws PermanentError `HTTP_<status>`
    ApiResponse check(ApiResponse response) {
        int status = response.status();
        if ((status >= 200 && status <= 226) || status == NOT_MODIFIED) {
            return response;
        }
        if (isRedirect(status)) {
            String target = response.header("location").map(StatusRule::excerpt).orElse("nowhere");
            throw permanent(response, "redirects to " + target + ", which is not followed (follow_redirects)");
        }
        if (FINAL.contains(status)) {
            throw permanent(response, excerpt(response));
        }
        Optional<Duration> asked = askedDelay(response, clock);
        throw new RetryableError(
                message(response, excerpt(response)),
                asked.or(() -> config.retryDelay(attempt)).orElse(null),
                context(response));
    }

    static boolean isRedirect(int status) {
        return status >= 300 && status < 400 && status != NOT_MODIFIED;
    }

    /// How long the server asks to be left alone: seconds or an HTTP date, at least one second. Empty for anything
    /// else,
    /// and for statuses that do not ask.
    static Optional<Duration> askedDelay(ApiResponse response, InstantSource clock) {
        return ASKS_TO_WAIT.contains(response.status()) ? retryAfter(response, clock) : Optional.empty();
    }

    private static Optional<Duration> retryAfter(ApiResponse response, InstantSource clock) {
        String text = response.header("retry-after").orElse("").strip();
        Optional<Duration> asked = SECONDS.matcher(text).matches()
                ? Optional.of(Duration.ofSeconds(Long.parseLong(text)))
                : date(text).map(until -> Duration.between(serverTime(response, clock), until));
        return asked.map(wait -> wait.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : wait);
    }

    /// The server's own clock where it tells it: the two may differ.
    private static Instant serverTime(ApiResponse response, InstantSource clock) {
        return response.header("date").flatMap(StatusRule::date).orElseGet(clock::instant);
    }

    private static Optional<Instant> date(@Nullable String text) {
        try {
            return Optional.ofNullable(text)
                    .map(value -> DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from));
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }

    private static PermanentError permanent(ApiResponse response, String reason) {
        return new PermanentError(message(response, reason), "HTTP_" + response.status(), context(response));
    }

    private static String message(ApiResponse response, String reason) {
        return response.description() + (reason.isEmpty() ? "" : ", " + reason);
    }

    private static String excerpt(ApiResponse response) {
        return excerpt(response.text().strip());
    }

    private static String excerpt(String text) {
        return text.length() > MESSAGE_CHARS_MAX
                ? storable(text, MESSAGE_CHARS_MAX) + "…"
                : storable(text, text.length());
    }

    /// The beginning of a text, without what the database cannot hold: half a surrogate pair, and the character NUL.
    private static String storable(String text, int charsMax) {
        int end = Math.min(charsMax, text.length());
        boolean endsInHalf = end > 0 && Character.isHighSurrogate(text.charAt(end - 1));
        return text.substring(0, endsInHalf ? end - 1 : end).replace("\u0000", "\\u0000");
    }

    /// Nothing of the request's headers or body: they may hold secrets.
    private static Map<String, Object> context(ApiResponse response) {
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("url", ApiUrl.withoutSecrets(response.url()));
        context.put("response_status", response.status());
        context.put("response_headers", response.keptHeaders());
        context.put("response_body", storable(response.text(), BODY_CHARS_MAX));
        return context;
    }
}
