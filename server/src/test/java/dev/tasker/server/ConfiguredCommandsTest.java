package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.server.CliRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// That commands do what the configuration says about templates, new tasks and events.
class ConfiguredCommandsTest {
    @TempDir
    private Path folder;

    private TestDatabase database;
    private CliRunner cli;

    @BeforeEach
    void createDatabase() throws IOException {
        database = TestDatabase.create();
        cli = CliRunner.on(database);
        write("echo.yaml", """
                name: echo
                default_runtime: java
                step_templates:
                  - { name: ask, handler_class: dev.tasker.server.EchoHandler, timeout_seconds: 30 }
                environments:
                  staging:
                    step_templates:
                      - { name: ask, timeout_seconds: 5 }
                """);
    }

    @AfterEach
    void dropDatabase() {
        database.close();
    }

    @Test
    void theConfiguredIdentityStrategyTellsNewTasksApart() {
        List<String> strict = List.of("--set", "engine.identity_strategy=strict");

        assertThat(create("{\"n\": 1}", strict).exitCode()).isZero();
        Result again = create("{\"n\": 1}", strict);
        Result run = given("{\"n\": 1}", strict, "run", path("echo.yaml"), "--input", "-", "-o", "json");

        assertThat(again.exitCode()).isEqualTo(5);
        assertThat(again.error()).containsEntry("code", "TASK_DUPLICATE");
        assertThat(run.error()).containsEntry("code", "TASK_DUPLICATE");
        assertThat(create("{\"n\": 1}", List.of()).exitCode()).isZero();
    }

    @Test
    void aFullBacklogRefusesNewTasks() {
        List<String> two = List.of("--set", "execution.backlog_tasks_max=2");

        assertThat(create("{}", two).exitCode()).isZero();
        assertThat(create("{}", two).exitCode()).isZero();
        Result third = create("{}", two);

        assertThat(third.exitCode()).isEqualTo(3);
        assertThat(third.error()).containsEntry("code", "BACKLOG_FULL");
    }

    @Test
    void aContextLargerThanConfiguredIsRefusedBeforeItsTemplateIsStored() {
        List<String> small = List.of("--set", "execution.context_bytes_max=20");
        String context = "{\"text\": \"longer than twenty bytes\"}";

        assertThat(create(context, small).exitCode()).isEqualTo(2);
        assertThat(given(context, small, "run", path("echo.yaml"), "--input", "-")
                        .exitCode())
                .isEqualTo(2);
        assertThat(cli.run("template", "list", "-o", "json").list("templates")).isEmpty();
    }

    @Test
    void templateFilesAreReadAsTheEnvironmentKnowsThem() {
        assertThat(timeout("template", "show", path("echo.yaml"))).isEqualTo(30);
        assertThat(timeout("template", "show", path("echo.yaml"), "--environment", "staging"))
                .isEqualTo(5);
        assertThat(cli.run("template", "register", path("echo.yaml"), "--set", "engine.environment=staging")
                        .exitCode())
                .isZero();
        assertThat(timeout("template", "show", "echo")).isEqualTo(5);
    }

    @Test
    void aRunDeclaresCustomEventsAndTellsSubscribersOfTheFolders() throws IOException {
        Path told = folder.resolve("told.txt");
        write("events/shop.yaml", "event_metadata:\n  shop:\n    sold: {description: a sale}\n");
        write("subscriptions/a.yaml", """
                writes:
                  class: dev.tasker.server.WritingSubscriber
                  events: [task.completed]
                  config: { file: "%s" }
                """.formatted(told));
        List<String> folders = List.of(
                "--set",
                "engine.custom_events_directories=" + folder.resolve("events"),
                "--set",
                "engine.subscriptions_directories=" + folder.resolve("subscriptions"));

        Result run = given("{}", folders, "run", path("echo.yaml"), "--input", "-");
        Result shown = given("", folders, "events", "show", "shop.sold");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(told).hasContent("task.completed");
        assertThat(shown.out()).contains("shop.sold  custom", "a sale");
    }

    @Test
    void aFolderThatIsNoneIsAnErrorOfTheConfiguration() {
        for (String key : List.of("engine.custom_events_directories", "engine.subscriptions_directories")) {
            Result run = given(
                    "{}", List.of("--set", key + "=" + path("nowhere")), "run", path("echo.yaml"), "--input", "-");

            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err()).contains(key, "nowhere is no folder");
        }
    }

    @Test
    void aTaskIsShownWithWhatWasAskedForIt() {
        Result created = given(
                "{}",
                List.of(),
                "task",
                "create",
                path("echo.yaml"),
                "--input",
                "-",
                "--priority=5",
                "--delay=10m",
                "--deadline=1h",
                "--correlation-id=c",
                "--parent-correlation-id=p",
                "--annotation=order={\"id\": 7}",
                "-o",
                "json");
        String id = String.valueOf(created.json().get("task_id"));

        Result json = cli.run("task", "show", id, "-o", "json");
        Result text = cli.run("task", "show", id);

        assertThat(json.json())
                .containsEntry("priority", 5)
                .containsEntry("correlation_id", "c")
                .containsEntry("parent_correlation_id", "p")
                .containsEntry("enqueuer", null)
                .hasEntrySatisfying(
                        "start_at", time -> assertThat(time).asString().isNotBlank())
                .hasEntrySatisfying(
                        "deadline_at", time -> assertThat(time).asString().isNotBlank());
        assertThat(json.list("annotations"))
                .singleElement()
                .satisfies(note ->
                        assertThat(note).containsEntry("type", "order").containsEntry("value", Map.of("id", 7)));
        assertThat(text.out()).contains("priority 5, not before ", ", deadline ", "Annotations\n", "{\"id\":7}");
    }

    @Test
    void aTaskOfNoSpecialKindIsShownWithoutSuchLines() {
        String id = String.valueOf(create("{}", List.of()).json().get("task_id"));

        assertThat(cli.run("task", "show", id).out())
                .doesNotContain("priority", "not before", "deadline", "Annotations");
    }

    @Test
    void theCatalogueOfEventsIsListedSearchedAndShown() {
        Result all = cli.run("events", "list", "-o", "json");
        Result found = cli.run("events", "list", "--search", "step.failed");
        Result shown = cli.run("events", "show", "step.failed", "-o", "json");
        Result unknown = cli.run("events", "show", "step.fialed", "-o", "json");

        assertThat(all.list("events"))
                .hasSizeGreaterThan(60)
                .allSatisfy(event -> assertThat(event)
                        .containsKeys("name", "category", "description", "payload_schema", "fired_by", "published"));
        assertThat(found.out().lines().skip(1)).isNotEmpty().allMatch(line -> line.contains("step.failed"));
        assertThat(shown.json()).containsEntry("name", "step.failed").containsEntry("category", "step");
        assertThat(cli.run("events", "show", "step.failed").out()).contains("error_message", "Example\n");
        assertThat(unknown.exitCode()).isEqualTo(4);
        assertThat(unknown.error()).containsEntry("code", "EVENT_NOT_FOUND");
    }

    private Result create(String context, List<String> settings) {
        return given(context, settings, "task", "create", path("echo.yaml"), "--input", "-", "-o", "json");
    }

    private Result given(String input, List<String> settings, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(settings);
        return cli.withInput(input).run(all.toArray(String[]::new));
    }

    private Object timeout(String... arguments) {
        return given("", List.of("-o", "json"), arguments)
                .list("steps")
                .getFirst()
                .get("timeout_seconds");
    }

    private String path(String file) {
        return folder.resolve(file).toString();
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
