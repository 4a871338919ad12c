package dev.tasker.execution.http;

import dev.tasker.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Sends requests with the URL, headers and timeouts of a handler's config. For one attempt; one thread.
///
/// Each call blocks until the response is complete, at most for `request_timeout`; an interrupt ends it at once. Any
/// status is a response: only a call without an answer throws.
public final class ApiClient implements AutoCloseable {
    private static final int REDIRECTS_MAX = 5;
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> HEADERS_FOR_OTHERS = Set.of("accept", "content-type", "idempotency-key");

    private final ApiConfig config;
    private final String idempotencyKey;
    private final boolean ownsHttp;
    private final HttpClient http;
    private int writes;

    private static final class Shared {
        // Started with the first call, and kept: it reuses connections.
        static final HttpClient HTTP = client(ApiConfig.CONNECT_TIMEOUT_DEFAULT);
        static final HostDelays DELAYS = new HostDelays(Clock.systemUTC());
    }

    ApiClient(ApiConfig config, String idempotencyKey) {
        this.config = config;
        this.idempotencyKey = idempotencyKey;
        this.ownsHttp = !config.connectTimeout().equals(ApiConfig.CONNECT_TIMEOUT_DEFAULT);
        this.http = ownsHttp ? client(config.connectTimeout()) : Shared.HTTP;
    }

    /// One request, before redirects.
    private record Request(String method, URI url, Map<String, String> headers, String body) {}

    /// The URL of the config, with its params.
    ///
    /// @throws dev.tasker.error.PermanentError HANDLER_CONFIG_INVALID: it has none
    public URI url() {
        return config.requiredUrl();
    }

    /// Reads from the URL of the config.
    public ApiResponse get() throws IOException, InterruptedException {
        return send("GET", url(), null);
    }

    /// Sends JSON to the URL of the config.
    public ApiResponse post(@Nullable Object json) throws IOException, InterruptedException {
        return send("POST", url(), json);
    }

    /// Sends a request.
    ///
    /// @param url  a relative one is resolved against that of the config
    /// @param json a JSON-like value; null: no body
    /// @throws IOException the connection failed or was lost, or the time was over
    /// @throws dev.tasker.error.RetryableError the server has asked to be left alone for longer than until now
    public ApiResponse send(String method, URI url, @Nullable Object json) throws IOException, InterruptedException {
        URI target = url.isAbsolute() ? url : url().resolve(url);
        return sendText(method.toUpperCase(Locale.ROOT), target, json == null ? "" : Json.write(json));
    }

    /// @param method in upper case
    ApiResponse sendText(String method, URI url, String body) throws IOException, InterruptedException {
        Request request = new Request(method, url, headers(method, url), body);
        ApiResponse response = exchange(request);
        for (int hop = 0; hop < REDIRECTS_MAX; hop++) {
            Optional<Request> next = redirected(request, response);
            if (next.isEmpty()) {
                return response;
            }
            request = next.get();
            response = exchange(request);
        }
        return response;
    }

    @Override
    public void close() {
        if (ownsHttp) {
            http.shutdownNow();
        }
    }

    private static HttpClient client(Duration connectTimeout) {
        return HttpClient.newBuilder()
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /// The headers of the config go to its own origin only. The second writing request of an attempt gets a key of
    /// its own: it is another request, not a repetition.
    private Map<String, String> headers(String method, URI url) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(config.headers());
        if (config.idempotencyKey() && !SAFE_METHODS.contains(method)) {
            writes++;
            headers.putIfAbsent("Idempotency-Key", writes == 1 ? idempotencyKey : idempotencyKey + "-" + writes);
        }
        if (!config.isOwnOrigin(url)) {
            removePrivate(headers);
        }
        return headers;
    }

    private static void removePrivate(Map<String, String> headers) {
        headers.keySet().removeIf(ApiClient::isPrivate);
    }

    /// Whether a header goes to the config's own origin only.
    static boolean isPrivate(String header) {
        return !HEADERS_FOR_OTHERS.contains(header.toLowerCase(Locale.ROOT));
    }

    private ApiResponse exchange(Request request) throws IOException, InterruptedException {
        Shared.DELAYS.check(request.url());
        CompletableFuture<HttpResponse<BoundedBody.Content>> answer =
                http.sendAsync(build(request), _ -> new BoundedBody(config.responseBytesMax()));
        try {
            // The request's own timeout would end with the headers; a body may trickle for ever.
            HttpResponse<BoundedBody.Content> response =
                    answer.get(config.requestTimeout().toMillis(), TimeUnit.MILLISECONDS);
            ApiResponse complete = new ApiResponse(
                    request.method(), request.url(), response.statusCode(), response.headers(), response.body());
            StatusRule.askedDelay(complete, Clock.systemUTC())
                    .ifPresent(wait -> Shared.DELAYS.note(request.url(), wait));
            return complete;
        } catch (ExecutionException problem) {
            throw new IOException(failure(request, String.valueOf(problem.getCause())), problem.getCause());
        } catch (TimeoutException problem) {
            String reason =
                    "no complete answer within " + config.requestTimeout().toMillis() + " ms";
            throw new IOException(failure(request, reason), problem);
        } finally {
            // Nothing happens to an answer that is complete; otherwise the connection is closed.
            answer.cancel(true);
        }
    }

    private static String failure(Request request, String reason) {
        return request.method() + " " + ApiUrl.withoutSecrets(request.url()) + ": " + reason;
    }

    private static HttpRequest build(Request request) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(request.url())
                // Over plain HTTP the offer of HTTP/2 is one more header that old servers stumble over.
                .version(
                        request.url().getScheme().equalsIgnoreCase("https")
                                ? HttpClient.Version.HTTP_2
                                : HttpClient.Version.HTTP_1_1)
                .method(
                        request.method(),
                        request.body().isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(request.body()));
        request.headers().forEach((name, value) -> {
            try {
                builder.header(name, value);
            } catch (IllegalArgumentException _) {
                // Its message repeats the value, which may be a secret.
                throw ApiConfig.invalid("headers." + name, "is no header that can be sent");
            }
        });
        return builder.build();
    }

    /// The request to which a redirect leads, if it is to be followed.
    private Optional<Request> redirected(Request request, ApiResponse response) {
        Optional<URI> target = StatusRule.isRedirect(response.status())
                ? response.header("location").flatMap(location -> resolve(request.url(), location))
                : Optional.empty();
        return target.filter(url -> isFollowed(request.url(), url)).map(url -> redirected(request, response, url));
    }

    private static Request redirected(Request request, ApiResponse response, URI url) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(request.headers());
        if (!ApiUrl.isSameOrigin(request.url(), url)) {
            removePrivate(headers);
        }
        boolean keepsMethod = SAFE_METHODS.contains(request.method()) || response.status() >= 307;
        return keepsMethod
                ? new Request(request.method(), url, headers, request.body())
                : new Request("GET", url, headers, "");
    }

    private boolean isFollowed(URI from, URI to) {
        return switch (config.redirects()) {
            case NEVER -> false;
            case SAME_ORIGIN -> ApiUrl.isSameOrigin(from, to);
            case ALWAYS ->
                from.getScheme().equalsIgnoreCase("http") || to.getScheme().equalsIgnoreCase("https");
        };
    }

    private static Optional<URI> resolve(URI base, String location) {
        try {
            URI url = base.resolve(location);
            String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
            return Optional.of(url)
                    .filter(found -> found.getHost() != null && (scheme.equals("http") || scheme.equals("https")));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
