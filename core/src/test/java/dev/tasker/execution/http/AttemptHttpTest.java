package dev.tasker.execution.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.execution.DataFolder;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What API handlers of the other languages ask for.
class AttemptHttpTest {
    private static final Task TASK = new Task(
            new TaskId(7),
            "shop",
            "order",
            "1.0.0",
            Map.of(),
            "ann",
            "test",
            "because",
            List.of(),
            "corr-1",
            Calls.NOW);

    @Test
    void aConfigWithoutAUrlIsEnoughForCallsThatNameTheirOwn() throws Exception {
        try (ApiServer server = ApiServer.answering(201, "");
                AttemptHttp http = http(Map.of())) {
            ApiResponse response = http.send("POST", server.url("/a"), Map.of("n", 1));
            http.check(response);

            assertThat(response.status()).isEqualTo(201);
            assertThat(server.requests().getFirst().headers()).containsEntry("Idempotency-Key", "tasker-7-9");
            for (String url : new String[] {null, "/a", "a", ""}) {
                PermanentError error = catchThrowableOfType(PermanentError.class, () -> http.send("GET", url, null));
                assertThat(error).hasMessage("handler_config.url is missing; a call without a full URL needs it");
                assertThat(error.errorCode()).hasValue("HANDLER_CONFIG_INVALID");
            }
        }
    }

    @Test
    void aRelativeUrlIsResolvedAgainstThatOfTheConfig() throws Exception {
        try (ApiServer server = ApiServer.answering(200, "");
                AttemptHttp http = http(Map.of("url", server.url("/v1/orders")))) {
            http.send("GET", null, null);
            http.send("GET", "labels", null);

            assertThat(server.requests())
                    .extracting(ApiServer.Request::uri)
                    .containsExactly("/v1/orders", "/v1/labels");
        }
    }

    @Test
    void whatIsNoUrlOfAServerIsRefused() {
        try (AttemptHttp http = http(Map.of())) {
            for (String url : List.of("ftp://a/b", "http:///b", "mailto:a@b", "http://a/ b")) {
                PermanentError error = catchThrowableOfType(PermanentError.class, () -> http.send("GET", url, null));
                assertThat(error.errorCode()).hasValue("HTTP_REQUEST_INVALID");
            }
            PermanentError none =
                    catchThrowableOfType(PermanentError.class, () -> http.request(Map.of("method", "GET")));
            assertThat(none).hasMessage("the HTTP request cannot be sent: url is missing");
        }
    }

    @Test
    void aCallWithoutAnAnswerNamesItsOwnUrl() throws Exception {
        String url;
        try (ApiServer server = ApiServer.answering(200, "")) {
            url = server.url("/a");
        }
        try (AttemptHttp http = http(Map.of("url", "http://127.0.0.1:1/other"))) {
            RetryableError error =
                    catchThrowableOfType(RetryableError.class, () -> http.send("GET", url + "?key=secret", null));

            assertThat(error.context()).isEqualTo(Map.of("url", url));
        }
    }

    private static AttemptHttp http(Map<String, Object> config) {
        Step step = new Step(new StepId(9), "call", 1, 3, Map.of(), config);
        return new AttemptHttp(new StepAttempt(
                new ClaimId(1),
                new HandlerKey(HandlerRuntime.RUBY, "Call"),
                TASK,
                name -> {
                    throw new IllegalStateException(name);
                },
                step,
                null,
                DataFolder.none(),
                Duration.ofSeconds(30)));
    }
}
