package dev.tasker.execution.http;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.execution.StepAttempt;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The HTTP calls of one attempt, for handlers that are not written in Java: single requests, and the calls of an API
/// handler, whose URL, headers and timeouts stand in `handler_config`. For one thread; [#check] for any.
public final class AttemptHttp implements AutoCloseable {
    private static final Set<String> KEYS =
            Set.of("method", "url", "headers", "params", "json", "body", "timeout_seconds");
    private static final Pattern METHOD = Pattern.compile("[A-Za-z]{1,20}");

    private final StepAttempt attempt;
    private volatile @Nullable ApiConfig config;
    private @Nullable ApiClient client;

    public AttemptHttp(StepAttempt attempt) {
        this.attempt = attempt;
    }

    /// Sends one request. Any status is a response; same-origin redirects are followed.
    ///
    /// @param request `method` and `url`, if wanted `headers`, `params`, `json` or `body` (text), `timeout_seconds`
    /// @throws PermanentError HTTP_REQUEST_INVALID
    /// @throws RetryableError no answer, or the server has asked to be left alone
    public ApiResponse request(Map<?, ?> request) throws InterruptedException {
        request.keySet().stream()
                .filter(key -> !KEYS.contains(key.toString()))
                .findFirst()
                .ifPresent(key -> invalid("the key `" + key + "` is not known"));
        String method = String.valueOf(request.get("method"));
        if (!METHOD.matcher(method).matches()) {
            invalid("`" + method + "` is no method");
        }
        if (request.get("json") != null && request.get("body") != null) {
            invalid("it has both `json` and `body`");
        }
        ApiConfig single = config(request);
        Object text = request.get("body");
        URI url = single.requiredUrl();
        try (ApiClient own = new ApiClient(single, idempotencyKey())) {
            return text == null
                    ? own.send(method, url, request.get("json"))
                    : own.sendText(method.toUpperCase(Locale.ROOT), url, text.toString());
        } catch (IOException problem) {
            throw unanswered(problem, url, Optional.empty());
        }
    }

    /// Sends a request as `handler_config` says.
    ///
    /// @param url  null: that of the config; a relative one is resolved against it
    /// @param json null: no body
    public ApiResponse send(String method, @Nullable String url, @Nullable Object json) throws InterruptedException {
        ApiConfig own = apiConfig();
        URI target = url == null ? own.requiredUrl() : resolved(own, url);
        ApiClient shared = client;
        if (shared == null) {
            shared = new ApiClient(own, idempotencyKey());
            client = shared;
        }
        try {
            return shared.send(method, target, json);
        } catch (IOException problem) {
            throw unanswered(problem, target, own.retryDelay(attempt.step().attempts()));
        }
    }

    /// Decides what the response of an API means.
    ///
    /// @throws RetryableError another attempt may succeed
    /// @throws PermanentError `HTTP_<status>`
    public void check(ApiResponse response) {
        ApiResponse _ =
                new StatusRule(apiConfig(), Clock.systemUTC(), attempt.step().attempts()).check(response);
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
    }

    private ApiConfig apiConfig() {
        ApiConfig known = config;
        if (known == null) {
            known = ApiConfig.read(attempt.step().config());
            config = known;
        }
        return known;
    }

    private String idempotencyKey() {
        return "tasker-" + attempt.task().taskId() + "-" + attempt.step().stepId();
    }

    private static ApiConfig config(Map<?, ?> request) {
        if (request.get("url") == null) {
            invalid("url is missing");
        }
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("url", request.get("url"));
        config.put("params", request.get("params"));
        config.put("request_timeout", request.get("timeout_seconds"));
        config.put("follow_redirects", "same_origin");
        config.put("idempotency_key", false);
        Map<String, Object> headers = new LinkedHashMap<>();
        if (request.get("body") != null) {
            headers.put("Content-Type", "text/plain; charset=utf-8");
        }
        if (request.get("headers") instanceof Map<?, ?> given) {
            given.forEach((name, value) -> headers.put(name.toString(), value));
        } else if (request.get("headers") != null) {
            invalid("`headers` must be a map");
        }
        config.put("headers", headers);
        try {
            return ApiConfig.read(config);
        } catch (PermanentError problem) {
            throw invalid(String.valueOf(problem.getMessage()).replace("handler_config.", ""));
        }
    }

    private static URI resolved(ApiConfig config, String url) {
        try {
            URI given = new URI(url);
            URI resolved = given.isAbsolute() ? given : config.requiredUrl().resolve(given);
            String scheme = String.valueOf(resolved.getScheme()).toLowerCase(Locale.ROOT);
            if (resolved.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
                return resolved;
            }
        } catch (URISyntaxException problem) {
            // Not its message: it repeats the URL, which may hold secrets.
            throw invalid("the url is none: " + problem.getReason());
        }
        throw invalid("the url must start with http:// or https://, or be relative to that of handler_config");
    }

    private static RetryableError unanswered(IOException problem, URI url, Optional<Duration> delay) {
        // Neither the request nor its headers: they may hold secrets.
        return (RetryableError) new RetryableError(
                        String.valueOf(problem.getMessage()),
                        delay.orElse(null),
                        Map.of("url", ApiUrl.withoutSecrets(url)))
                .initCause(problem);
    }

    private static PermanentError invalid(String reason) {
        throw new PermanentError(
                "the HTTP request cannot be sent: " + reason, ErrorCode.HTTP_REQUEST_INVALID.name(), Map.of());
    }
}
