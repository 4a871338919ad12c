package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.server.CliRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskCreateTest {
    private static final String STEPS = """
            default_runtime: java
            step_templates:
              - { name: ask, handler_class: dev.tasker.server.EchoHandler }
              - { name: answer, handler_class: dev.tasker.server.EchoHandler, skippable: true }
            """;

    @TempDir
    private Path folder;

    private TestDatabase database;
    private CliRunner cli;

    @BeforeEach
    void createDatabase() throws IOException {
        database = TestDatabase.create();
        cli = CliRunner.on(database);
        write("plain.yaml", "name: plain\n" + STEPS);
        write("strict.yaml", "name: strict\nidentity_strategy: strict\n" + STEPS);
        write("caller.yaml", "name: caller\nidentity_strategy: caller\n" + STEPS);
    }

    @AfterEach
    void dropDatabase() {
        database.close();
    }

    @Test
    void aTaskIsCreatedAndNotRun() {
        Result result = create("{\"n\": 1}", "plain.yaml", "-o", "json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.json()).containsOnlyKeys("task_id", "created").containsEntry("created", true);
        assertThat(show(result)).containsEntry("state", "pending").containsEntry("context", Map.of("n", 1));
    }

    @Test
    void whatTheOptionsSayIsStored() throws Exception {
        Result result = create(
                "{}",
                "plain.yaml",
                "--initiator=ann",
                "--source-system=shop",
                "--reason=because",
                "--tag=x",
                "--tag=y",
                "--priority=5",
                "--correlation-id=c",
                "--parent-correlation-id=p",
                "--delay=10m",
                "--deadline=1h",
                "--bypass=answer",
                "--annotation=order={\"id\": 7}",
                "--draft");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).matches("task \\d+ created\n");
        assertThat(query(
                        "SELECT concat_ws(' ', state, initiator, source_system, reason, tags, priority, correlation_id,"
                                + " parent_correlation_id, start_at - requested_at, deadline_after, bypass_steps)"
                                + " FROM tasker.tasks"))
                .isEqualTo("draft ann shop because [\"x\", \"y\"] 5 c p 00:10:00 01:00:00 [\"answer\"]");
        assertThat(query("SELECT annotation FROM tasker.task_annotations")).isEqualTo("{\"id\": 7}");
    }

    @Test
    void aDuplicateIsAConflictThatNamesTheExistingTask() {
        Object first = create("{\"n\": 1}", "strict.yaml", "-o", "json").json().get("task_id");

        Result again = create("{\"n\": 1.0}", "strict.yaml", "-o", "json");
        Result skipped = create("{\"n\": 1}", "strict.yaml", "-o", "json", "--skip-duplicates");

        assertThat(again.exitCode()).isEqualTo(5);
        assertThat(again.error()).containsEntry("code", "TASK_DUPLICATE");
        assertThat(again.error().get("details")).isEqualTo(Map.of("task_id", first));
        assertThat(skipped.exitCode()).isZero();
        assertThat(skipped.json()).isEqualTo(Map.of("task_id", first, "created", false));
    }

    @Test
    void runRefusesADuplicateToo() {
        Result first = cli.withInput("{}")
                .run("run", path("plain.yaml"), "--input", "-", "--idempotency-key", "k", "-o", "json");
        Result again = cli.withInput("{}")
                .run("run", path("plain.yaml"), "--input", "-", "--idempotency-key", "k", "-o", "json");

        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(again.exitCode()).isEqualTo(5);
        assertThat(again.error().get("details"))
                .isEqualTo(Map.of("task_id", first.json().get("task_id")));
    }

    @Test
    void aBatchMakesOneTaskOfEachLine() throws Exception {
        write("batch.jsonl", """
                {"context": {"n": 1}, "priority": 3, "tags": ["own"]}

                {"context": {"n": 2}, "draft": true}
                """);

        Result result = cli.run(
                "task", "create", path("plain.yaml"), "--batch", path("batch.jsonl"), "--tag", "all", "-o", "json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.list("tasks")).hasSize(2).allMatch(task -> Boolean.TRUE.equals(task.get("created")));
        assertThat(query("SELECT string_agg(concat_ws(' ', state, priority, tags), ', ' ORDER BY task_id)"
                        + " FROM tasker.tasks"))
                .isEqualTo("pending 3 [\"own\"], draft 0 [\"all\"]");
    }

    @Test
    void aBadLineIsNamedAndNothingIsStored() throws Exception {
        write("form.jsonl", "{\"context\": {}}\n{\"context\": {}, \"bogus\": 1}\n");
        write("json.jsonl", "{\"context\": {}}\n{\n");
        write("fit.jsonl", "{\"context\": {}}\n{\"context\": {}, \"bypass_steps\": [\"ask\"]}\n");

        assertRefused(batch("form.jsonl"), "form.jsonl:2: unknown key `bogus`");
        assertRefused(batch("json.jsonl"), "json.jsonl:2:");
        assertRefused(batch("fit.jsonl"), "request 1: step `ask`", "cannot be bypassed");
    }

    @Test
    void aBatchWithTooManyLinesIsRefused() throws Exception {
        write(
                "long.jsonl",
                IntStream.range(0, 1_001).mapToObj(_ -> "{\"context\": {}}\n").collect(Collectors.joining()));

        assertRefused(batch("long.jsonl"), "more than 1000 lines");
    }

    @Test
    void badOptionsAreNamedAndNothingIsStored() throws Exception {
        assertRefused(create("{}", "plain.yaml", "--delay=-5s"), "-5s");
        assertRefused(create("{}", "plain.yaml", "--annotation=no"), "TYPE=JSON");
        assertRefused(create("{}", "plain.yaml", "--annotation=note={"), "--annotation note:1:");
        assertRefused(create("{}", "plain.yaml", "--reason= "), "reason is blank");
        assertRefused(create("{}", "plain.yaml", "--tag=a", "--tag=a"), "`a` twice");
        assertRefused(create("{}", "caller.yaml"), "idempotency key");
        assertRefused(cli.run("task", "create", path("plain.yaml")), "--input");
    }

    private Result create(String context, String template, String... options) {
        List<String> arguments = new java.util.ArrayList<>(List.of("task", "create", path(template), "--input", "-"));
        arguments.addAll(List.of(options));
        return cli.withInput(context).run(arguments.toArray(String[]::new));
    }

    private Result batch(String file) {
        return cli.run("task", "create", path("plain.yaml"), "--batch", path(file));
    }

    private Map<String, Object> show(Result created) {
        return cli.run("task", "show", String.valueOf(created.json().get("task_id")), "-o", "json")
                .json();
    }

    private void assertRefused(Result result, String... parts) throws SQLException {
        assertThat(result.exitCode()).as(result.err()).isEqualTo(2);
        assertThat(result.err()).contains(parts);
        assertThat(query("SELECT (SELECT count(*) FROM tasker.tasks) + (SELECT count(*) FROM tasker.named_tasks)"))
                .isEqualTo("0");
    }

    private String query(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private String path(String file) {
        return folder.resolve(file).toString();
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }
}
