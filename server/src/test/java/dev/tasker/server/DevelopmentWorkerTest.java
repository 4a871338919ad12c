package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.TemplateParser;
import dev.tasker.transition.TaskState;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A worker as one runs it while one writes handlers.
class DevelopmentWorkerTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static TestDatabase database;

    @TempDir
    private Path folder;

    @BeforeAll
    static void createDatabase() {
        database = TestDatabase.create();
    }

    @AfterAll
    static void dropDatabase() {
        database.close();
    }

    private void write(String file, String text) throws Exception {
        Files.createDirectories(folder.resolve("handlers"));
        Files.writeString(folder.resolve("handlers").resolve(file), text);
    }

    private RegisteredTemplate register(Tasker tasker, String name, String handlerClass) throws Exception {
        Path template = Files.createDirectories(folder.resolve("templates")).resolve(name + ".yaml");
        Files.writeString(template, """
                name: %s
                default_runtime: javascript
                step_templates:
                  - { name: work, handler_class: %s, handler_file: ../handlers/work.mjs }
                """.formatted(name, handlerClass));
        return tasker.register(new TemplateParser().parse(template)).template();
    }

    private static @Nullable Object resultOf(Tasker tasker, RegisteredTemplate template) throws Exception {
        TaskId task = tasker.create(template, TaskRequest.builder(Map.of()).build());
        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        return tasker.task(task).steps().getFirst().results();
    }

    @Test
    void changedCodeIsLoadedAgainAndBrokenCodeIsNot() throws Exception {
        write("price.mjs", "export const price = 10;\n");
        write("work.mjs", """
                import { StepHandler } from "tasker";
                import { price } from "./price.mjs";
                export class Work extends StepHandler { process() { return `costs ${price}`; } }
                """);
        try (Tasker tasker = Tasker.open(database.dataSource(), TaskerConfig.defaults(), List.of())) {
            RegisteredTemplate template = register(tasker, "watched", "Work");
            try (CliProcess worker = CliProcess.start(database, "-o", "json", "worker", "--watch")) {
                worker.awaitOut("\"event\":\"ready\"");
                assertThat(resultOf(tasker, template)).isEqualTo("costs 10");

                write("price.mjs", "export const price = 12;\n");
                worker.awaitErr("reloaded javascript handlers: ");
                assertThat(resultOf(tasker, template)).isEqualTo("costs 12");

                write("price.mjs", "export const price = ;\n");
                worker.awaitErr("kept the old javascript handlers: ");
                assertThat(resultOf(tasker, template)).isEqualTo("costs 12");
            }
        }
    }

    @Test
    void aDebuggerFindsTheHandlersOfALanguage() throws Exception {
        write("work.mjs", """
                import { StepHandler } from "tasker";
                export class Debugged extends StepHandler { process() { return "debugged"; } }
                """);
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        try (Tasker tasker = Tasker.open(database.dataSource(), TaskerConfig.defaults(), List.of())) {
            RegisteredTemplate template = register(tasker, "inspected", "Debugged");
            try (CliProcess worker =
                            CliProcess.start(database, "-o", "json", "worker", "--inspect", "javascript=" + port);
                    HttpClient client = HttpClient.newHttpClient()) {
                worker.awaitErr("devtools://devtools/bundled/js_app.html?ws=127.0.0.1:" + port + "/javascript");
                worker.awaitOut("\"event\":\"ready\"");
                assertThat(resultOf(tasker, template)).isEqualTo("debugged");

                HttpResponse<String> targets = client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

                assertThat(targets.body())
                        .contains("webSocketDebuggerUrl")
                        .contains("ws://127.0.0.1:" + port + "/javascript");
            }
        }
    }
}
