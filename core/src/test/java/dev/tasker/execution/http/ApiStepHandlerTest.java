package dev.tasker.execution.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.execution.http.Calls.Calling;
import dev.tasker.json.JsonShape;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiStepHandlerTest {
    private static final String JSON = "application/json";

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 203, 206, 207, 226})
    void aSuccessGivesStatusHeadersAndParsedBody(int status) throws Exception {
        try (ApiServer server = ApiServer.answering(
                status, "{\"id\": [1, 2.5, \"ü\"]}", "Content-Type", JSON, "X-Request-Id", "r1", "Set-Cookie", "s=1")) {
            Map<?, ?> results = Calls.get(Calls.config("url", server.url("/a")));

            assertThat(results.get("status")).isEqualTo(status);
            assertThat(results.get("body")).isEqualTo(Map.of("id", List.of(1, 2.5, "ü")));
            assertThat(((Map<?, ?>) results.get("headers")).keySet().toString())
                    .contains("content-type", "x-request-id")
                    .doesNotContain("cookie");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void anAnswerWithoutBodyIsASuccessWithoutBody(int status) throws Exception {
        try (ApiServer server = ApiServer.answering(status, "", "Content-Type", JSON)) {
            assertThat(Calls.get(Calls.config("url", server.url("/"))).get("body"))
                    .isNull();
        }
    }

    @Test
    void aBodyThatDoesNotCallItselfJsonIsText() throws Exception {
        try (ApiServer text = ApiServer.answering(200, "{not json", "Content-Type", "text/plain; charset=utf-8");
                ApiServer problem = ApiServer.answering(200, "{}", "Content-Type", "application/problem+json; v=1");
                ApiServer wrong = ApiServer.answering(200, "{not json", "Content-Type", JSON)) {
            assertThat(Calls.get(Calls.config("url", text.url("/"))).get("body"))
                    .isEqualTo("{not json");
            assertThat(Calls.get(Calls.config("url", problem.url("/"))).get("body"))
                    .isEqualTo(Map.of());
            assertThat(permanent(Calls.config("url", wrong.url("/"))).errorCode())
                    .hasValue("RESPONSE_NOT_JSON");
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 412, 413, 414, 415, 416, 417, 422, 426, 428, 431, 451
            })
    void aRefusalThatCannotHealIsPermanent(int status) throws Exception {
        try (ApiServer server = ApiServer.answering(status, "bad card", "X-Request-Id", "r1")) {
            PermanentError error = permanent(Calls.config("url", server.url("/pay?key=secret")));

            assertThat(error.errorCode()).hasValue("HTTP_" + status);
            assertThat(error).hasMessage("GET " + server.url("/pay") + ": status " + status + ", bad card");
            assertThat(error.context())
                    .containsEntry("response_status", status)
                    .containsEntry("response_body", "bad card")
                    .containsEntry("url", server.url("/pay"));
            assertThat(error.context().get("response_headers").toString()).contains("x-request-id=r1");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {227, 299, 408, 409, 421, 423, 424, 425, 429, 500, 501, 502, 503, 504, 599})
    void allElseIsRetryableByTheStepsOwnBackoff(int status) throws Exception {
        try (ApiServer server = ApiServer.answering(status, "later")) {
            RetryableError error = retryable(Calls.config("url", server.url("/")));

            assertThat(error.retryAfter()).isEmpty();
            assertThat(error.context()).containsEntry("response_status", status);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "429 | 17 | | 17",
                "503 | 17 | | 17",
                "503 | ' 600 ' | | 600",
                "429 | 0 | | 1",
                "429 | Tue, 01 Jan 2030 12:00:30 GMT | | 30",
                "429 | Tue, 01 Jan 2030 12:00:30 GMT | Tue, 01 Jan 2030 12:00:10 GMT | 20",
                "429 | Tue, 01 Jan 2030 12:00:30 GMT | nonsense | 30",
                "429 | Tue, 01 Jan 2030 11:00:00 GMT | | 1",
                "503 | Tue, 01 Jan 2030 12:00:30 GMT | Tue, 01 Jan 2030 13:00:00 GMT | 1",
                "429 | soon | | ",
                "429 | -5 | | ",
                "429 | 1.5 | | ",
                "429 | 99999999999999999999 | | ",
                "429 | Tue, 32 Jan 2030 12:00:30 GMT | | ",
                "500 | 17 | | ",
                "408 | 17 | | ",
            })
    void retryAfterIsReadWhereTheStatusAsksToWait(int status, String value, String date, Integer seconds)
            throws Exception {
        String headers = "Retry-After: " + value + "\r\n" + (date == null ? "" : "Date: " + date + "\r\n");
        try (RawServer server =
                new RawServer("HTTP/1.1 " + status + " X\r\n" + headers + "Content-Length: 0\r\n\r\n")) {
            assertThat(retryable(Calls.config("url", server.url())).retryAfter().map(Duration::toSeconds))
                    .isEqualTo(java.util.Optional.ofNullable(seconds).map(Integer::longValue));
        }
    }

    @Test
    void theConfigMaySayHowLongToWaitWhereTheServerDoesNot() throws Exception {
        try (ApiServer busy = ApiServer.answering(500, "");
                ApiServer asking = ApiServer.answering(503, "", "Retry-After", "40")) {
            Map<String, Object> growing = Calls.config("url", busy.url("/"), "retry_delay", 3, "jitter_factor", 0);
            Map<String, Object> fixed =
                    Calls.config("url", busy.url("/"), "retry_delay", 0.5, "enable_exponential_backoff", false);
            Map<String, Object> unsaid = Calls.config("url", busy.url("/"), "enable_exponential_backoff", false);
            Map<String, Object> asked = Calls.config("url", asking.url("/"), "retry_delay", 3);

            assertThat(delay(growing, 1)).isEqualTo(Duration.ofSeconds(3));
            assertThat(delay(growing, 3)).isEqualTo(Duration.ofSeconds(12));
            assertThat(delay(growing, 30)).isEqualTo(Duration.ofMinutes(5));
            assertThat(delay(fixed, 3)).isEqualTo(Duration.ofMillis(500));
            assertThat(delay(unsaid, 3)).isEqualTo(Duration.ofSeconds(1));
            assertThat(delay(asked, 1)).isEqualTo(Duration.ofSeconds(40));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 303, 305, 307, 308})
    void aRedirectIsNotFollowedAndNamesItsTarget(int status) throws Exception {
        try (ApiServer server = ApiServer.answering(status, "", "Location", "https://elsewhere.example.com/x")) {
            PermanentError error = permanent(Calls.config("url", server.url("/")));

            assertThat(error.errorCode()).hasValue("HTTP_" + status);
            assertThat(error).hasMessageContaining("https://elsewhere.example.com/x");
            assertThat(server.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"301, GET, ''", "302, GET, ''", "303, GET, ''", "307, POST, 1", "308, POST, 1"})
    void aRedirectWithinTheOriginIsFollowedOnRequest(int status, String method, String body) throws Exception {
        try (ApiServer server = new ApiServer(exchange -> {
            boolean first = exchange.getRequestURI().getPath().equals("/a");
            ApiServer.respond(exchange, first ? status : 200, "", "Location", "/b");
        })) {
            Map<String, Object> config = Calls.config(
                    "url", server.url("/a"), "follow_redirects", "same_origin", "headers", Map.of("X-Key", "k"));
            Map<?, ?> results = Calls.run(new Calling(config, client -> client.post(1)), 1);

            assertThat(results.get("status")).isEqualTo(200);
            ApiServer.Request second = server.requests().get(1);
            assertThat(second.uri()).isEqualTo("/b");
            assertThat(second.method()).isEqualTo(method);
            assertThat(second.body()).isEqualTo(body);
            assertThat(second.headers()).containsEntry("X-Key", "k");
        }
    }

    @Test
    void anotherOriginIsReachedOnlyWithAlwaysAndWithoutTheSecrets() throws Exception {
        try (ApiServer other = ApiServer.answering(200, "");
                ApiServer server = ApiServer.answering(307, "", "Location", other.url("/there"))) {
            Map<String, Object> headers = Map.of("Authorization", "secret", "X-Key", "secret");
            Map<String, Object> same =
                    Calls.config("url", server.url("/"), "headers", headers, "follow_redirects", "same_origin");
            Map<String, Object> always =
                    Calls.config("url", server.url("/"), "headers", headers, "follow_redirects", "always");

            assertThat(permanent(same).errorCode()).hasValue("HTTP_307");
            assertThat(Calls.get(always).get("status")).isEqualTo(200);
            assertThat(server.requests().getFirst().headers()).containsEntry("Authorization", "secret");
            assertThat(other.requests()).hasSize(1);
            assertThat(other.requests().getFirst().headers()).doesNotContainKeys("Authorization", "X-Key");
        }
    }

    @Test
    void redirectsInACircleEnd() throws Exception {
        try (ApiServer server = ApiServer.answering(302, "", "Location", "/")) {
            assertThat(permanent(Calls.config("url", server.url("/"), "follow_redirects", "always"))
                            .errorCode())
                    .hasValue("HTTP_302");
            assertThat(server.requests()).hasSize(6);
        }
    }

    @Test
    void theRequestCarriesParamsHeadersAndTheSameKeyInEveryAttempt() throws Exception {
        try (ApiServer server = ApiServer.answering(200, "")) {
            Map<String, Object> config = Calls.config(
                    "url",
                    server.url("/a?x=1"),
                    "params",
                    Map.of("q", "a b&c+é"),
                    "headers",
                    Map.of("accept", "text/csv"));
            Calls.Body twice = client -> {
                client.post(Map.of("a", 1));
                return client.send("put", client.url(), null);
            };

            Calls.run(new Calling(config, twice), 1);
            Calls.run(new Calling(config, twice), 2);
            Calls.get(config);

            assertThat(server.requests().getFirst().uri()).isEqualTo("/a?x=1&q=a%20b%26c%2B%C3%A9");
            assertThat(server.requests().getFirst().body()).isEqualTo("{\"a\":1}");
            assertThat(server.requests().getFirst().headers())
                    .containsEntry("Accept", "text/csv")
                    .containsEntry("Content-Type", JSON)
                    .doesNotContainKey("Upgrade");
            assertThat(server.requests().stream()
                            .map(request -> request.headers().get("Idempotency-Key")))
                    .containsExactly("tasker-7-9", "tasker-7-9-2", "tasker-7-9", "tasker-7-9-2", null);
        }
    }

    @Test
    void theIdempotencyKeyCanBeReplacedAndSwitchedOff() throws Exception {
        try (ApiServer server = ApiServer.answering(200, "")) {
            Map<String, Object> own =
                    Calls.config("url", server.url("/"), "headers", Map.of("idempotency-key", "mine"));
            Map<String, Object> off = Calls.config("url", server.url("/"), "idempotency_key", false);

            Calls.run(new Calling(own, client -> client.post(null)), 1);
            Calls.run(new Calling(off, client -> client.post(null)), 1);

            assertThat(server.requests().get(0).headers()).containsEntry("Idempotency-Key", "mine");
            assertThat(server.requests().get(1).headers()).doesNotContainKey("Idempotency-Key");
        }
    }

    @Test
    void aBodyIsReadOnlyUpToItsLimit() throws Exception {
        try (ApiServer endless = new ApiServer(exchange -> {
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/ok") ? 200 : 500, 0);
            byte[] chunk = "x".repeat(65_536).getBytes(StandardCharsets.UTF_8);
            while (true) {
                exchange.getResponseBody().write(chunk);
            }
        })) {
            Map<String, Object> good = Calls.config("url", endless.url("/ok"), "response_bytes_max", 100_000);
            Map<String, Object> bad = Calls.config("url", endless.url("/bad"), "response_bytes_max", 100_000);

            assertThat(permanent(good).errorCode()).hasValue("RESPONSE_TOO_LARGE");
            RetryableError error = retryable(bad);
            assertThat(error.context().get("response_body").toString()).hasSize(10_000);
            assertThat(error.getMessage()).hasSizeLessThan(500);
        }
    }

    @Test
    void theErrorOfAnyBodyCanBeStored() throws Exception {
        try (ApiServer server = ApiServer.answering(404, "\u0000" + "\uD83D\uDE00".repeat(6_000))) {
            PermanentError error = permanent(Calls.config("url", server.url("/")));

            assertThat(JsonShape.defectIn(error.context(), "context")).isEmpty();
            assertThat(JsonShape.defectIn(error.getMessage(), "message")).isEmpty();
            assertThat(error.context().get("response_body").toString()).startsWith("\\u0000\uD83D\uDE00");
        }
    }

    @Test
    void aBodyOfExactlyTheLimitIsTaken() throws Exception {
        try (ApiServer server = ApiServer.answering(200, "12345", "Content-Type", "text/plain")) {
            assertThat(Calls.get(Calls.config("url", server.url("/"), "response_bytes_max", 5))
                            .get("body"))
                    .isEqualTo("12345");
            assertThat(permanent(Calls.config("url", server.url("/"), "response_bytes_max", 4))
                            .errorCode())
                    .hasValue("RESPONSE_TOO_LARGE");
        }
    }

    @Test
    void anAnswerThatDoesNotComeOrDoesNotEndIsRetryable() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (ApiServer silent = new ApiServer(_ -> never.await());
                ApiServer trickling = new ApiServer(exchange -> {
                    exchange.sendResponseHeaders(200, 10);
                    exchange.getResponseBody().write('x');
                    exchange.getResponseBody().flush();
                    never.await();
                })) {
            for (ApiServer server : List.of(silent, trickling)) {
                RetryableError error =
                        retryable(Calls.config("url", server.url("/a?key=secret"), "request_timeout", 0.2));
                assertThat(error).hasMessage("GET " + server.url("/a") + ": no complete answer within 200 ms");
                assertThat(error.context().toString()).doesNotContain("secret");
            }
        } finally {
            never.countDown();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "garbage\r\n\r\n"})
    void aConnectionThatIsLostIsRetryable(String sent) throws Exception {
        try (RawServer server = new RawServer(sent)) {
            assertThat(retryable(Calls.config("url", server.url(), "retry_delay", 2, "jitter_factor", 0))
                            .retryAfter())
                    .hasValue(Duration.ofSeconds(2));
        }
    }

    @Test
    void aServerThatIsAwayIsRetryable() throws Exception {
        String url;
        try (RawServer server = new RawServer("")) {
            url = server.url();
        }

        assertThat(retryable(Calls.config("url", url, "connect_timeout", 2))).hasMessageStartingWith("GET " + url);
    }

    @Test
    void anInterruptEndsTheCall() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        CountDownLatch asked = new CountDownLatch(1);
        try (ApiServer server = new ApiServer(_ -> {
            asked.countDown();
            never.await();
        })) {
            Map<String, Object> config = Calls.config("url", server.url("/"));
            Thread thread = Thread.ofVirtual().start(() -> {
                try {
                    Calls.get(config);
                    ended.complete(new AssertionError("an answer"));
                } catch (Throwable problem) {
                    ended.complete(problem);
                }
            });
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

            thread.interrupt();

            assertThat(ended.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        } finally {
            never.countDown();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "url | | handler_config.url is missing",
                "url | 5 | handler_config.url must start with http:// or https://",
                "url | 'http://h/a b' | handler_config.url is no URL: Illegal character in path at character 11",
                "url | ftp://h/x | handler_config.url must start with http:// or https://",
                "url | http:///x | handler_config.url",
                "url | http:x | handler_config.url names no host",
                "params | x | handler_config.params must be a map",
                "headers | x | handler_config.headers must be a map",
                "request_timeout | soon | handler_config.request_timeout must be a number from 0.001 to 3600",
                "follow_redirects | sometimes | handler_config.follow_redirects must be never, same_origin or always",
                "idempotency_key | no | handler_config.idempotency_key must be true or false",
                "ssl | x | handler_config.ssl is not supported",
            })
    void aWrongConfigIsPermanentAndNamesItsKey(String key, String value, String message) {
        PermanentError error = permanent(Calls.config("url", "http://127.0.0.1:1/", key, value));

        assertThat(error).hasMessageStartingWith(message);
        assertThat(error.errorCode()).hasValue("HANDLER_CONFIG_INVALID");
        assertThat(error.context()).containsEntry("key", key);
    }

    @Test
    void aConfigWithoutAUrlIsEnoughForCallsThatNameTheirOwn() throws Exception {
        try (ApiServer server = ApiServer.answering(200, "")) {
            Map<String, Object> config = Calls.config("headers", Map.of("Accept", "text/csv"), "request_timeout", 5);
            URI full = URI.create(server.url("/a"));

            assertThat(Calls.run(new Calling(config, client -> client.send("GET", full, null)), 1)
                            .get("status"))
                    .isEqualTo(200);
            for (Calls.Body body : List.<Calls.Body>of(
                    ApiClient::get, client -> client.post(1), client -> client.send("GET", URI.create("/a"), null))) {
                PermanentError error =
                        catchThrowableOfType(PermanentError.class, () -> Calls.run(new Calling(config, body), 1));
                assertThat(error).hasMessage("handler_config.url is missing; a call without a full URL needs it");
                assertThat(error.errorCode()).hasValue("HANDLER_CONFIG_INVALID");
            }
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void aRelativeUrlIsResolvedAgainstThatOfTheConfig() throws Exception {
        try (ApiServer server = ApiServer.answering(200, "")) {
            Map<String, Object> config = Calls.config("url", server.url("/v1/orders"));

            Calls.run(new Calling(config, client -> client.send("GET", URI.create("labels?a=1"), null)), 1);

            assertThat(server.requests().getFirst().uri()).isEqualTo("/v1/labels?a=1");
        }
    }

    @Test
    void whatGoesToTheUrlOfTheConfigOnlyNeedsOne() {
        assertThat(permanent(Calls.config("params", Map.of("key", "secret"))))
                .hasMessage("handler_config.params needs `url`, to which it is added");
        assertThat(permanent(Calls.config("headers", Map.of("Authorization", "secret"))))
                .hasMessage("handler_config.headers.Authorization needs `url`: it is sent to its origin only");
    }

    @Test
    void aWrongValueInAMapIsNamedWithoutTheValue() {
        Map<String, Object> list = Calls.config("url", "http://127.0.0.1:1/", "params", Map.of("q", List.of("secret")));
        Map<String, Object> header =
                Calls.config("url", "http://127.0.0.1:1/", "headers", Map.of("X-Key", "secret\nX-Other: 1"));
        Map<String, Object> reserved = Calls.config("url", "http://127.0.0.1:1/", "headers", Map.of("Host", "h"));
        Map<String, Object> range = Calls.config("url", "http://127.0.0.1:1/", "response_bytes_max", 0);

        assertThat(permanent(list)).hasMessage("handler_config.params.q must be a text, a number, true or false");
        assertThat(permanent(header)).hasMessage("handler_config.headers.X-Key is no header that can be sent");
        assertThat(permanent(reserved)).hasMessageContaining("headers.Host");
        assertThat(permanent(range)).hasMessageContaining("1 to 67108864");
    }

    @Test
    void otherProblemsOfASubclassAreItsOwn() {
        assertThatThrownBy(() -> Calls.run(
                        new Calling(Calls.config("url", "http://127.0.0.1:1/"), _ -> {
                            throw new IllegalStateException("mine");
                        }),
                        1))
                .isInstanceOf(IllegalStateException.class);
    }

    private static Duration delay(Map<String, Object> config, int attempt) {
        return catchThrowableOfType(RetryableError.class, () -> Calls.run(new Calling(config, ApiClient::get), attempt))
                .retryAfter()
                .orElseThrow();
    }

    private static PermanentError permanent(Map<String, Object> config) {
        PermanentError error = catchThrowableOfType(PermanentError.class, () -> Calls.get(config));
        assertThat(error.getMessage() + error.context()).doesNotContain("secret");
        return error;
    }

    private static RetryableError retryable(Map<String, Object> config) {
        RetryableError error = catchThrowableOfType(RetryableError.class, () -> Calls.get(config));
        assertThat(error.getMessage() + error.context()).doesNotContain("secret");
        return error;
    }

    /// Sends some bytes to each who connects and asks, and hangs up.
    private static final class RawServer implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());

        RawServer(String sent) throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!socket.isClosed()) {
                    try (Socket client = socket.accept()) {
                        client.getInputStream().read(new byte[8_192]);
                        client.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
                    } catch (IOException _) {
                        // The next one may do better.
                    }
                }
            });
        }

        String url() {
            return "http://127.0.0.1:" + socket.getLocalPort() + "/";
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
