package dev.tasker.execution.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.PermanentError;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import dev.tasker.transition.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpStepHandlerTest {
    private static final Path PAGE = Path.of("..", "docs", "handlers.md");

    @Test
    void placeholdersTakeValuesOfContextResultsAndTask() throws Exception {
        try (ApiServer server = ApiServer.answering(200, "")) {
            Map<String, @Nullable Object> config = Calls.config(
                    "url", server.url("/orders/{context.order.id}/{results.made.body.ids.1}?task={task.id}"),
                    "method", "put",
                    "params", Map.of("q", "{context.text}"),
                    "body",
                            Map.of(
                                    "amount", "{context.amount}",
                                    "list", List.of("{context.order}", "{results.made}", 5),
                                    "text",
                                            "{{{context.amount}}} for {context.text} by {task.name} ({task.correlation_id})"));

            Calls.run(
                    new HttpStepHandler(config),
                    1,
                    Map.of("order", Map.of("id", "a/b c"), "amount", 12.5, "text", "x&y"),
                    Map.of("made", Map.of("body", Map.of("ids", List.of(1, 2)))));

            ApiServer.Request request = server.requests().getFirst();
            assertThat(request.method()).isEqualTo("PUT");
            assertThat(request.uri()).isEqualTo("/orders/a%2Fb%20c/2?task=7&q=x%26y");
            assertThat(Json.read(request.body()))
                    .isEqualTo(Map.of(
                            "amount",
                            12.5,
                            "list",
                            List.of(Map.of("id", "a/b c"), Map.of("body", Map.of("ids", List.of(1, 2))), 5),
                            "text",
                            "{12.5} for x&y by order (corr-1)"));
        }
    }

    @Test
    void withoutAMethodABodyIsPosted() throws Exception {
        try (ApiServer server = ApiServer.answering(200, "")) {
            Calls.run(new HttpStepHandler(Calls.config("url", server.url("/"))), 1);
            Calls.run(new HttpStepHandler(Calls.config("url", server.url("/"), "body", List.of())), 1);
            Calls.run(new HttpStepHandler(Calls.config("url", server.url("/"), "method", "DELETE")), 1);

            assertThat(server.requests().stream().map(ApiServer.Request::method))
                    .containsExactly("GET", "POST", "DELETE");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/{context.none} | placeholder {context.none} has no `none`",
                "/{context.nothing} | placeholder {context.nothing} is null",
                "/{context.map} | placeholder {context.map} is an object, which fits no text",
                "/{context.list} | placeholder {context.list} is a list, which fits no text",
                "/{context.list.7} | placeholder {context.list.7} has no `7`",
                "/{customer} | placeholder {customer} starts with none of context, results, task; write {{ for a brace",
                "/{} | placeholder {} starts with none of",
                "/{results} | placeholder {results} names no step",
                "/a/{context.up}/b | url cannot take the value `..`",
                "/a/{context.blank}/b | url cannot take the value ``",
            })
    void whatIsMissingOrDoesNotFitIsNamed(String path, String message) {
        Map<String, @Nullable Object> context =
                Calls.config("nothing", null, "map", Map.of(), "list", List.of(1), "up", "..", "blank", "");
        HttpStepHandler handler = new HttpStepHandler(Calls.config("url", "http://127.0.0.1:1" + path));

        PermanentError error =
                catchThrowableOfType(PermanentError.class, () -> Calls.run(handler, 1, context, Map.of()));

        assertThat(error).hasMessageStartingWith("handler_config." + message);
        assertThat(error.errorCode()).hasValue("HANDLER_CONFIG_INVALID");
    }

    @Test
    void theHostIsNotTakenFromData() {
        HttpStepHandler handler = new HttpStepHandler(Calls.config("url", "http://{context.host}/x"));

        assertThat(catchThrowableOfType(
                        PermanentError.class, () -> Calls.run(handler, 1, Map.of("host", "evil"), Map.of())))
                .hasMessage("handler_config.url must not have placeholders in its host");
    }

    @Test
    void anotherMethodIsRefused() {
        HttpStepHandler handler = new HttpStepHandler(Calls.config("url", "http://127.0.0.1:1/", "method", "CONNECT"));

        assertThat(catchThrowableOfType(PermanentError.class, () -> Calls.run(handler, 1)))
                .hasMessageStartingWith("handler_config.method must be one of DELETE, GET");
    }

    @Test
    void theExampleOfThePageRuns() throws Exception {
        try (TestDatabase database = TestDatabase.create();
                ApiServer server = new ApiServer(exchange -> {
                    boolean creates = exchange.getRequestMethod().equals("POST");
                    ApiServer.respond(
                            exchange,
                            creates ? 201 : 200,
                            creates ? "{\"id\": \"L1\"}" : "{\"state\": \"printed\"}",
                            "Content-Type",
                            "application/json");
                });
                Tasker tasker = Tasker.open(
                        database.dataSource(),
                        TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)),
                        List.of())) {
            Template template = new TemplateParser()
                    .parse(example().replace("https://api.example.com", server.url("")), "docs/handlers.md");
            tasker.loadHandlers(template, Set.of(HandlerRuntime.JAVA));
            TaskId task = tasker.create(
                    tasker.register(template).template(),
                    TaskRequest.builder(Map.of("order_id", "A 17", "grams", 250))
                            .build());
            tasker.start();

            assertThat(tasker.awaitEnd(task, Duration.ofSeconds(60))).isEqualTo(TaskState.COMPLETE);
            assertThat(server.requests().get(0).uri()).isEqualTo("/orders/A%2017/labels");
            assertThat(Json.read(server.requests().get(0).body()))
                    .isEqualTo(Map.of("grams", 250, "note", "order A 17"));
            assertThat(server.requests().get(0).headers())
                    .hasEntrySatisfying(
                            "Idempotency-Key", key -> assertThat(key).startsWith("tasker-" + task + "-"));
            assertThat(server.requests().get(1).uri()).isEqualTo("/labels/L1?format=short");
            TaskSnapshot.StepSnapshot last = tasker.task(task).steps().stream()
                    .filter(step -> step.name().equals("read_label"))
                    .findFirst()
                    .orElseThrow();
            assertThat(String.valueOf(last)).contains("printed");
        }
    }

    private static String example() throws IOException {
        Matcher blocks = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
        while (blocks.find()) {
            if (blocks.group(1).contains("HttpStepHandler")) {
                return blocks.group(1);
            }
        }
        throw new AssertionError("the page has no example");
    }
}
