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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What commands print when all is well, with Java handlers only.
class CommandOutputTest {
    private static final String STEPS = """
            default_runtime: java
            step_templates:
              - { name: ask, handler_class: dev.tasker.server.EchoHandler }
              - { name: answer, handler_class: %s, depends_on_step: ask, skippable: true }
            """;

    private static TestDatabase database;

    @TempDir
    private Path folder;

    private CliRunner cli;

    @BeforeAll
    static void createDatabase() {
        database = TestDatabase.create();
    }

    @AfterAll
    static void dropDatabase() {
        database.close();
    }

    @BeforeEach
    void writeTemplates() throws IOException {
        cli = CliRunner.on(database);
        Files.writeString(
                folder.resolve("good.yaml"), "name: good\n" + STEPS.formatted("dev.tasker.server.EchoHandler"));
        Files.writeString(
                folder.resolve("bad.yaml"), "name: bad\n" + STEPS.formatted("dev.tasker.server.FailingHandler"));
    }

    @Test
    void runPrintsOneJsonObjectAndNothingElse() {
        Result result = cli.withInput("{\"name\": \"Grüße 🎂\", \"big\": 123456789012345678901234567890}")
                .run("run", path("good.yaml"), "--input", "-", "-o", "json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.json().keySet())
                .containsExactly(
                        "task_id",
                        "namespace",
                        "name",
                        "version",
                        "state",
                        "priority",
                        "start_at",
                        "deadline_at",
                        "enqueuer",
                        "correlation_id",
                        "parent_correlation_id",
                        "annotations",
                        "archived_at",
                        "context",
                        "steps",
                        "transitions");
        assertThat(result.json()).containsEntry("state", "complete").containsEntry("namespace", "default");
        assertThat(result.out()).contains("Grüße 🎂", "123456789012345678901234567890");
        assertThat(result.list("steps").getFirst().keySet())
                .containsExactly(
                        "workflow_step_id",
                        "name",
                        "runtime",
                        "state",
                        "attempts",
                        "retry_limit",
                        "depends_on",
                        "results",
                        "error");
        assertThat(result.list("steps").get(1)).containsEntry("depends_on", List.of("ask"));
    }

    @Test
    void transitionsStandInTheOrderOfTheirIds() {
        Result result = run("good.yaml");

        List<Long> ids = result.list("transitions").stream()
                .map(transition -> ((Number) transition.get("id")).longValue())
                .toList();
        assertThat(ids).isSorted().doesNotHaveDuplicates();
        Map<String, Object> first = result.list("transitions").getFirst();
        assertThat(first.keySet()).containsExactly("id", "step", "from_state", "to_state", "at", "metadata");
        assertThat(first).containsEntry("step", null).containsEntry("from_state", "pending");
        assertThat(result.list("transitions").getLast())
                .containsEntry("step", null)
                .containsEntry("to_state", "complete");
    }

    @Test
    void failedTaskExitsWithOneAndShowsItsError() {
        Result result = cli.withInput("{}").run("run", path("bad.yaml"), "--input", "-");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("error", "answer: ", "[SHOP_CLOSED]: the shop is closed");
        assertThat(result.err()).contains("answer in_progress -> error (attempt 1: ", "the shop is closed");
    }

    @Test
    void bypassedStepIsSkipped() {
        Result result =
                cli.withInput("{}").run("run", path("bad.yaml"), "--input", "-", "--bypass", "answer", "-o", "json");

        assertThat(result.exitCode()).isZero();
        assertThat(result.list("steps").get(1)).containsEntry("state", "skipped");
    }

    @Test
    void showPrintsWhatRunPrinted() {
        Result run = run("good.yaml");

        Result show = cli.run("task", "show", run.json().get("task_id").toString(), "-o", "json");

        assertThat(show.json()).containsAllEntriesOf(run.json());
        assertThat(show.object("execution_context"))
                .containsEntry("execution_status", "all_complete")
                .containsEntry("health_status", "healthy");
        assertThat(show.object("workflow_summary")).containsEntry("staleness", "fresh");
        assertThat(cli.run("task", "show", run.json().get("task_id").toString()).out())
                .contains("all_complete, 100% complete");
    }

    @Test
    void registeredTemplateRunsByName() {
        Result registered = cli.run("template", "register", path("good.yaml"), "-o", "json");
        Result result = cli.withInput("{}").run("run", "good@0.1.0", "--input", "-", "-o", "json");

        assertThat(registered.list("templates").getFirst()).containsEntry("name", "good");
        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    @Test
    void listsFilterAndPage() {
        Result failed = cli.withInput("{}").run("run", path("bad.yaml"), "--input", "-", "-o", "json");
        run("good.yaml");

        Result errors = cli.run("task", "list", "--state", "error", "-o", "json");
        Result before =
                cli.run("task", "list", "--before", failed.json().get("task_id").toString(), "-o", "json");
        Result one = cli.run("task", "list", "--limit", "1");

        assertThat(errors.list("tasks"))
                .isNotEmpty()
                .allSatisfy(task -> assertThat(task).containsEntry("state", "error"));
        assertThat(before.list("tasks"))
                .noneMatch(task -> task.get("task_id").equals(failed.json().get("task_id")));
        assertThat(one.out()).contains("more: --before ");
    }

    @Test
    void aListIsFilteredByAllThatIsGiven() {
        Result tagged = cli.withInput("{}")
                .run("run", path("good.yaml"), "--input", "-", "--tag", "blue", "--initiator", "ann", "-o", "json");
        Object id = tagged.json().get("task_id");

        for (List<String> filter : List.of(
                List.of("--tag", "blue"),
                List.of("--initiator", "ann", "--name", "good", "--version", "0.1.0", "--namespace", "default"),
                List.of("--completed-since", "1h", "--tag", "blue"),
                List.of("--created-since", "2020-01-01T00:00:00Z", "--tag", "blue"))) {
            List<String> line = new ArrayList<>(List.of("task", "list", "-o", "json"));
            line.addAll(filter);
            assertThat(cli.run(line.toArray(String[]::new)).list("tasks"))
                    .as(filter.toString())
                    .extracting(task -> task.get("task_id"))
                    .containsExactly(id);
        }
        assertThat(cli.run("task", "list", "--tag", "blue", "--active", "-o", "json")
                        .list("tasks"))
                .isEmpty();
        assertThat(cli.run("task", "list", "--annotation", "note:customer=7", "-o", "json")
                        .list("tasks"))
                .isEmpty();
    }

    @Test
    void aCursorGivesTheNextPage() {
        run("good.yaml");
        run("good.yaml");

        Result first = cli.run("task", "list", "--limit", "1", "-o", "json");
        Result second = cli.run(
                "task",
                "list",
                "--limit",
                "1",
                "--cursor",
                first.json().get("next_cursor").toString(),
                "-o",
                "json");

        assertThat((Integer) second.list("tasks").getFirst().get("task_id"))
                .isLessThan((Integer) first.list("tasks").getFirst().get("task_id"));
    }

    @Test
    void aFilterThatCannotBeIsRefused() {
        assertThat(cli.run("task", "list", "--cursor", "abc", "-o", "json").error())
                .containsEntry("code", "CURSOR_INVALID");
        assertThat(cli.run("task", "list", "--annotation", "abc", "-o", "json").error())
                .containsEntry("code", "OPTION_INVALID");
        assertThat(cli.run("task", "list", "--failed-since", "yesterday").exitCode())
                .isEqualTo(2);
        assertThat(cli.run("task", "list", "--tag", " ", "-o", "json").error()).containsEntry("code", "QUERY_INVALID");
    }

    @Test
    void graphIsMermaid() {
        Result result = cli.run("template", "graph", path("good.yaml"));

        assertThat(result.out()).isEqualTo("""
                graph TD
                    ask["ask<br/>java"]
                    answer["answer<br/>java"]
                    ask --> answer
                """);
    }

    @Test
    void validateTellsOfEachFile() throws IOException {
        Files.writeString(folder.resolve("broken.yaml"), "name: [");

        Result result = cli.run("template", "validate", path("good.yaml"), path("broken.yaml"));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEqualTo("valid default.good@0.1.0, 2 steps\n");
        assertThat(result.err()).contains("broken.yaml:1");
    }

    @Test
    void migratedDatabaseIsUpToDate() {
        Result result = cli.run("migrate", "-o", "json");

        assertThat(result.exitCode()).isZero();
        assertThat(result.json()).containsEntry("applied", List.of());
    }

    @Test
    void everyCommandExplainsItselfWithAnExample() {
        List<String> commands = List.of(
                "run",
                "demo",
                "worker",
                "migrate",
                "doctor",
                "task list",
                "task show",
                "template graph",
                "events list");

        for (String command : commands) {
            Result help = cli.run((command + " --help").split(" ", -1));
            assertThat(help.exitCode()).isZero();
            assertThat(help.out()).as(command).contains("Usage: tasker " + command, "Example:", "default:");
        }
    }

    private Result run(String template) {
        return cli.withInput("{}").run("run", path(template), "--input", "-", "-o", "json");
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }
}
