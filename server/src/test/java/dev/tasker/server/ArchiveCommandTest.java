package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.server.CliRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tasker archive`, and what shows archived tasks.
class ArchiveCommandTest {
    private static final String YAML = """
            name: order
            namespace_name: shop
            default_runtime: java
            step_templates:
              - { name: pay, handler_class: dev.tasker.server.EchoHandler }
            """;

    @TempDir
    private Path folder;

    private TestDatabase database;
    private CliRunner cli;

    /// Two tasks that completed 100 days ago, one that completed now, one that failed 100 days ago.
    @BeforeEach
    void make() throws Exception {
        database = TestDatabase.create();
        cli = CliRunner.on(database);
        Path template = Files.writeString(folder.resolve("order.yaml"), YAML);
        for (int i = 0; i < 4; i++) {
            Result run = cli.run("run", template.toString(), "--input", input(i), "-o", "json");
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
        sql("UPDATE tasker.tasks SET ended_at = ended_at - interval '100 days' WHERE task_id IN (1, 2, 4)");
        sql("UPDATE tasker.tasks SET state = 'error' WHERE task_id = 4");
    }

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void aDryRunCountsAndChangesNothing() {
        Result text = cli.run("archive", "--older-than", "90d", "--dry-run");
        assertThat(text.exitCode()).as(text.err()).isZero();
        assertThat(text.out())
                .contains("2 tasks ended before", "nothing was changed", "2 complete", "1 in error stay", "MB");

        Result json = cli.run("archive", "--older-than", "90d", "--dry-run", "--include-errors", "-o", "json");
        assertThat(json.json())
                .containsEntry("dry_run", true)
                .containsEntry("tasks", 3)
                .containsEntry("error_tasks", 1)
                .containsKeys("oldest_ended_at", "newest_ended_at", "estimated_bytes");
        assertThat(cli.run("task", "list", "--tier", "archived").out()).isEqualTo("no tasks\n");
    }

    @Test
    void whatIsArchivedIsStillShownAndListed() {
        Map<String, Object> before = cli.run("task", "show", "1", "-o", "json").json();

        Result result = cli.run("archive", "--older-than", "90d", "--yes");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("2 tasks archived, with 2 steps and 8 transitions");
        Map<String, Object> after = cli.run("task", "show", "1", "-o", "json").json();
        assertThat(after.remove("archived_at")).isNotNull();
        assertThat(before.remove("archived_at")).isNull();
        assertThat(after).isEqualTo(before);
        assertThat(cli.run("task", "show", "1").out()).contains("\narchived 20");
        assertThat(ids("--tier", "complete")).containsExactly(4, 3, 2, 1);
        assertThat(ids("--tier", "archived")).containsExactly(2, 1);
        assertThat(ids()).containsExactly(4, 3);
        assertThat(ids("--tier", "recent", "--days", "200")).containsExactly(4, 3, 2, 1);
        assertThat(ids("--tier", "recent")).containsExactly(3);
        assertThat(cli.run("task", "list", "--tier", "complete").out()).contains("complete (archived)");
        assertThat(cli.run("archive", "--older-than", "90d", "--yes").out()).contains("0 tasks archived");
    }

    @Test
    void aRetentionThatMakesNoSenseIsRefusedAndChangesNothing() {
        for (List<String> arguments : List.of(
                List.of("--older-than", "-5d"),
                List.of("--older-than=-5d"),
                List.of("--older-than", "0d"),
                List.of("--before", "2999-01-01T00:00:00Z"))) {
            List<String> command = new ArrayList<>(List.of("archive", "--yes", "-o", "json"));
            command.addAll(arguments);
            Result result = cli.run(command.toArray(String[]::new));
            assertThat(result.exitCode()).as(arguments + result.err()).isEqualTo(2);
            assertThat(result.error()).containsEntry("code", "RETENTION_INVALID");
        }
        assertThat(cli.run("archive").exitCode()).isEqualTo(2);
        assertThat(cli.run("archive", "--older-than", "soon").exitCode()).isEqualTo(2);
        assertThat(cli.run("archive", "--older-than", "1d", "--batch", "0", "--yes")
                        .exitCode())
                .isEqualTo(2);
        assertThat(cli.run("task", "list", "--days", "3").exitCode()).isEqualTo(2);
        assertThat(ids()).containsExactly(4, 3, 2, 1);
    }

    @Test
    void withoutATerminalItHasToBeConfirmed() {
        Result result = cli.run("archive", "--older-than", "90d");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("--yes", "archive 2 tasks");
        assertThat(ids()).containsExactly(4, 3, 2, 1);
    }

    @Test
    void jsonTellsWhatWasMoved() {
        Result result = cli.run("archive", "--older-than", "90d", "--include-errors", "--yes", "-o", "json");

        assertThat(result.json())
                .containsEntry("dry_run", false)
                .containsEntry("tasks", 3)
                .containsEntry("steps", 3)
                .containsEntry("batches", 1)
                .containsEntry("left_tasks", 0);
    }

    private List<Integer> ids(String... options) {
        List<String> command = new ArrayList<>(List.of("task", "list", "-o", "json"));
        command.addAll(List.of(options));
        return cli.run(command.toArray(String[]::new)).list("tasks").stream()
                .map(task -> (Integer) task.get("task_id"))
                .toList();
    }

    private String input(int number) throws IOException {
        return Files.writeString(folder.resolve("input" + number + ".json"), "{\"number\": " + number + "}")
                .toString();
    }

    private void sql(String text) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }
}
