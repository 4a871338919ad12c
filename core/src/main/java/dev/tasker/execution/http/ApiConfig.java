package dev.tasker.execution.http;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.result.Backoff;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The keys of `handler_config` that every API handler knows. Others are the subclass's own.
///
/// @param url     with the params; empty: each call names its own
/// @param backoff for retryable failures for which the server asks for no delay; empty: the step's own
record ApiConfig(
        Optional<URI> url,
        Map<String, String> headers,
        Duration connectTimeout,
        Duration requestTimeout,
        Redirects redirects,
        boolean idempotencyKey,
        int responseBytesMax,
        Optional<Backoff> backoff) {
    static final Duration CONNECT_TIMEOUT_DEFAULT = Duration.ofSeconds(10);

    private static final double REQUEST_SECONDS_DEFAULT = 30;
    private static final double SECONDS_MAX = 3_600;
    private static final int RESPONSE_BYTES_DEFAULT = 4 * 1024 * 1024;
    private static final int RESPONSE_BYTES_LIMIT = 64 * 1024 * 1024;
    private static final String JSON = "application/json";

    /// Which redirects are followed.
    enum Redirects {
        NEVER,
        SAME_ORIGIN,
        ALWAYS
    }

    /// Reads the keys.
    ///
    /// @throws PermanentError HANDLER_CONFIG_INVALID, with the key
    static ApiConfig read(Map<String, @Nullable Object> config) {
        if (config.get("ssl") != null) {
            throw invalid("ssl", "is not supported; add certificates to the trust store of the JVM");
        }
        Map<String, String> parameters = texts(config, "params");
        Map<String, String> headers = headers(config);
        Optional<URI> url =
                Optional.ofNullable(config.get("url")).map(given -> ApiUrl.withParameters(url(given), parameters));
        if (url.isEmpty()) {
            checkWithoutUrl(parameters, headers);
        }
        return new ApiConfig(
                url,
                headers,
                seconds(config, "connect_timeout", CONNECT_TIMEOUT_DEFAULT.toMillis() / 1_000.0),
                seconds(config, "request_timeout", REQUEST_SECONDS_DEFAULT),
                redirects(config),
                truth(config, "idempotency_key", true),
                (int) number(config, "response_bytes_max", RESPONSE_BYTES_DEFAULT, 1, RESPONSE_BYTES_LIMIT),
                backoff(config));
    }

    static PermanentError invalid(String key, String reason) {
        return new PermanentError(
                "handler_config." + key + " " + reason, ErrorCode.HANDLER_CONFIG_INVALID.name(), Map.of("key", key));
    }

    /// For calls that name no URL, or a relative one.
    ///
    /// @throws PermanentError HANDLER_CONFIG_INVALID: there is none
    URI requiredUrl() {
        return url.orElseThrow(() -> invalid("url", "is missing; a call without a full URL needs it"));
    }

    /// Whether the headers of the config may go to a URL.
    boolean isOwnOrigin(URI other) {
        return url.filter(own -> ApiUrl.isSameOrigin(own, other)).isPresent();
    }

    /// The delay after a failure for which the server asked for none; empty: the step's own backoff.
    Optional<Duration> retryDelay(int attempt) {
        return backoff.map(
                curve -> curve.delayAfter(attempt, ThreadLocalRandom.current().nextDouble()));
    }

    private static void checkWithoutUrl(Map<String, String> parameters, Map<String, String> headers) {
        if (!parameters.isEmpty()) {
            throw invalid("params", "needs `url`, to which it is added");
        }
        headers.keySet().stream().filter(ApiClient::isPrivate).findFirst().ifPresent(name -> {
            throw invalid("headers." + name, "needs `url`: it is sent to its origin only");
        });
    }

    private static URI url(Object value) {
        if (!(value instanceof String text) || text.isBlank()) {
            throw invalid("url", "must be a text that starts with http:// or https://");
        }
        try {
            return checked(new URI(text.strip()));
        } catch (URISyntaxException problem) {
            // Not the problem's message: it repeats the URL, which may hold secrets.
            throw invalid("url", "is no URL: " + problem.getReason() + " at character " + (problem.getIndex() + 1));
        }
    }

    private static URI checked(URI url) {
        String scheme = Optional.ofNullable(url.getScheme()).orElse("").toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw invalid("url", "must start with http:// or https://");
        }
        if (url.getHost() == null) {
            throw invalid("url", "names no host");
        }
        return url;
    }

    private static Map<String, String> headers(Map<String, @Nullable Object> config) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.put("Content-Type", JSON);
        headers.put("Accept", JSON);
        headers.putAll(texts(config, "headers"));
        return Collections.unmodifiableMap(headers);
    }

    private static Map<String, String> texts(Map<String, @Nullable Object> config, String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        switch (config.get(key)) {
            case null -> {}
            case Map<?, ?> map ->
                map.forEach((name, value) -> texts.put(String.valueOf(name), scalar(key, name, value)));
            default -> throw invalid(key, "must be a map");
        }
        return texts;
    }

    private static String scalar(String key, @Nullable Object name, @Nullable Object value) {
        return switch (value) {
            case String text -> text;
            case Number number -> number.toString();
            case Boolean truth -> truth.toString();
            case null, default -> throw invalid(key + "." + name, "must be a text, a number, true or false");
        };
    }

    private static Redirects redirects(Map<String, @Nullable Object> config) {
        Object given = config.get("follow_redirects");
        String name = given == null ? "never" : given.toString();
        return Arrays.stream(Redirects.values())
                .filter(redirects -> redirects.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> invalid("follow_redirects", "must be never, same_origin or always"));
    }

    private static Optional<Backoff> backoff(Map<String, @Nullable Object> config) {
        boolean isExponential = truth(config, "enable_exponential_backoff", true);
        if (config.get("retry_delay") == null && isExponential) {
            return Optional.empty();
        }
        return Optional.of(new Backoff(
                isExponential ? Backoff.Strategy.EXPONENTIAL : Backoff.Strategy.FIXED,
                seconds(config, "retry_delay", 1),
                2,
                Backoff.RETRY_AFTER_MAX,
                number(config, "jitter_factor", isExponential ? 1 : 0, 0, 1)));
    }

    private static Duration seconds(Map<String, @Nullable Object> config, String key, double fallback) {
        return Duration.ofMillis(Math.max(1, Math.round(number(config, key, fallback, 0.001, SECONDS_MAX) * 1_000)));
    }

    private static double number(
            Map<String, @Nullable Object> config, String key, double fallback, double min, double max) {
        Object value = config.get(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Number number && number.doubleValue() >= min && number.doubleValue() <= max) {
            return number.doubleValue();
        }
        throw invalid(key, "must be a number from " + plain(min) + " to " + plain(max));
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }

    private static boolean truth(Map<String, @Nullable Object> config, String key, boolean fallback) {
        return switch (config.get(key)) {
            case null -> fallback;
            case Boolean truth -> truth;
            default -> throw invalid(key, "must be true or false");
        };
    }
}
