package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.server.CliRunner.Result;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.TemplateParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What operators do on the command line.
class OperatorCommandsTest {
    private static final String YAML = """
            name: order
            namespace_name: shop
            default_runtime: java
            step_templates:
              - { name: pay, handler_class: %s }
              - { name: ship, handler_class: dev.tasker.server.EchoHandler, depends_on_step: pay }
            """;

    @TempDir
    private Path folder;

    private TestDatabase database;
    private CliRunner cli;
    private Tasker tasker;

    @BeforeEach
    void open() {
        database = TestDatabase.create();
        cli = CliRunner.on(database);
        tasker = Tasker.open(database.dataSource(), TaskerConfig.defaults(), List.of());
    }

    @AfterEach
    void close() {
        tasker.close();
        database.close();
    }

    @Test
    void oneTaskIsCancelledWithOperatorAndReasonInTheAuditTrail() {
        TaskId task = create();

        Result result = cli.run("task", "cancel", task.toString(), "--operator", "ann", "--reason", "wrong price");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).isEqualTo("""
                        task 1: pending -> cancelled
                        task 1, step pay: pending -> cancelled
                        task 1, step ship: pending -> cancelled
                        """);
        assertThat(tasker.task(task).transitions())
                .allSatisfy(move -> assertThat(move.metadata())
                        .isEqualTo(Map.of("action", "cancel", "operator", "ann", "reason", "wrong price")));
    }

    @Test
    void aStepThatWaitsSaysWhyByItsIdOrByItsName() {
        TaskId task = create();
        cli.run("task", "pause", task.toString(), "--operator", "ann", "--reason", "stock count");

        Result text = cli.run("step", "why", task + ":ship");
        Result json = cli.run("step", "why", task + ":ship", "-o", "json");
        Result unknown = cli.run("step", "why", task + ":shop");
        Result missing = cli.run("step", "why", "4711");

        assertThat(text.exitCode()).as(text.err()).isZero();
        assertThat(text.out().lines().map(line -> line.substring(0, line.indexOf(':'))))
                .containsExactly("task_paused", "waiting_for_parents", "no_worker");
        assertThat(text.out()).contains("by ann: stock count; resume it").contains("it waits for pay (pending)");
        assertThat(json.out()).contains("\"reason\" : \"task_paused\"").contains("\"operator\" : \"ann\"");
        assertThat(unknown.exitCode()).isEqualTo(4);
        assertThat(unknown.err()).contains("has no step `shop`; its steps: pay, ship");
        assertThat(missing.exitCode()).isEqualTo(4);
    }

    @Test
    void theOperatorIsTheUserAndTheHostUnlessNamed() {
        TaskId task = create();

        cli.run("task", "pause", task.toString());

        assertThat(tasker.task(task)
                        .transitions()
                        .getLast()
                        .metadata()
                        .get("operator")
                        .toString())
                .startsWith(System.getProperty("user.name") + "@");
    }

    @Test
    void anActionThatIsNotPossibleIsAConflictAndAnUnknownTaskIsNotFound() {
        TaskId task = create();

        Result conflict = cli.run("task", "resume", task.toString(), "-o", "json");
        Result unknown = cli.run("task", "pause", "4711");

        assertThat(conflict.exitCode()).isEqualTo(5);
        assertThat(conflict.error()).containsEntry("code", "TASK_STATE_CONFLICT");
        assertThat(conflict.error().get("message").toString()).isEqualTo("task 1 is pending already");
        assertThat(cli.run("task", "retry", task.toString()).err()).contains("task 1 is pending already");
        assertThat(unknown.exitCode()).isEqualTo(4);
        assertThat(unknown.err()).contains("there is no task 4711");
    }

    @Test
    void severalTasksAreToldOfOneByOne() {
        create();
        create();
        cli.run("task", "cancel", "2", "--reason", "test");

        Result result = cli.run("task", "pause", "1", "2", "4711", "-o", "json");

        assertThat(result.exitCode()).isEqualTo(5);
        assertThat(result.json())
                .containsEntry("matched", 3)
                .containsEntry("changed", 1)
                .containsEntry("refused", 2);
        assertThat(result.list("refusals"))
                .extracting(refusal -> refusal.get("code"))
                .containsExactly("TASK_STATE_CONFLICT", "TASK_NOT_FOUND");
        assertThat(cli.run("task", "pause", "4711", "4712").exitCode()).isEqualTo(4);
    }

    @Test
    void aFilterIsCountedFirstAndNeedsAYesWithoutATerminal() {
        create();
        create();
        create();

        Result dryRun = cli.run("task", "cancel", "--namespace", "shop", "--dry-run", "-o", "json");
        Result unconfirmed = cli.run("task", "cancel", "--namespace", "shop", "--reason", "test");
        Result nothing = cli.run("task", "cancel", "--namespace", "nobody", "--reason", "test");
        Result done = cli.run("task", "cancel", "--all", "--reason", "test", "--yes");

        assertThat(dryRun.exitCode()).isZero();
        assertThat(dryRun.json()).containsEntry("dry_run", true).containsEntry("matched", 3);
        assertThat(unconfirmed.exitCode()).isEqualTo(2);
        assertThat(unconfirmed.err()).contains("--yes: needed to cancel 3 tasks without a terminal");
        assertThat(nothing.exitCode()).isZero();
        assertThat(nothing.out()).isEqualTo("0 tasks: 0 changed, 0 already so, 0 refused\n");
        assertThat(done.out()).isEqualTo("3 tasks: 3 changed, 0 already so, 0 refused\n");
        assertThat(done.err()).contains("3 tasks so far");
    }

    @Test
    void whatMakesNoSenseIsBadInputAndChangesNothing() {
        TaskId task = create();

        for (List<String> arguments : List.of(
                List.of("task", "cancel"),
                List.of("task", "cancel", "1", "--all", "--reason", "x"),
                List.of("task", "cancel", "1"),
                List.of("task", "cancel", "0", "--reason", "x"),
                List.of("task", "cancel", "--all", "--state", "pending", "--reason", "x"),
                List.of("task", "cancel", "1", "--dry-run"),
                List.of("task", "pause", "1", "--operator", " "),
                List.of("task", "pause", "--state", "nonsense"),
                List.of("step", "skip", "1:pay"),
                List.of("step", "skip", "pay", "--reason", "x"),
                List.of("step", "skip", "1:", "--reason", "x"),
                List.of("step", "complete", "1:pay", "--reason", "x"),
                List.of("step", "complete", "1:pay", "--reason", "x", "--result", "{"))) {
            Result result = cli.run(arguments.toArray(String[]::new));
            assertThat(result.exitCode()).as(arguments + ": " + result.err()).isEqualTo(2);
        }
        assertThat(tasker.task(task).transitions()).isEmpty();
        assertThat(cli.run("step", "skip", "1:nothing", "--reason", "x").exitCode())
                .isEqualTo(4);
    }

    @Test
    void aFailedStepIsCompletedByHandAndItsTaskGoesOn() throws IOException {
        Path file = Files.writeString(folder.resolve("order.yaml"), YAML.formatted("dev.tasker.server.FailingHandler"));
        Result failed = cli.withInput("{}").run("run", file.toString(), "--input", "-", "-o", "json");
        assertThat(failed.exitCode()).isEqualTo(1);
        String task = failed.json().get("task_id").toString();

        Result result = cli.run(
                "step",
                "complete",
                task + ":pay",
                "--result",
                "{\"receipt\": 17}",
                "--reason",
                "paid in cash",
                "-o",
                "json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.list("changes"))
                .extracting(change -> change.get("from_state") + ">" + change.get("to_state"))
                .containsExactly("error>resolved_manually", "error>pending");
        assertThat(tasker.task(new TaskId(Long.parseLong(task)))
                        .steps()
                        .getFirst()
                        .results())
                .isEqualTo(Map.of("receipt", 17));
        Result again = cli.run("step", "skip", task + ":pay", "--reason", "x", "-o", "json");
        assertThat(again.exitCode()).isEqualTo(5);
        assertThat(again.error()).containsEntry("code", "STEP_STATE_CONFLICT");
    }

    @Test
    void aResultIsReadFromAFileOrFromStandardInput() throws IOException {
        create();
        Path file = Files.writeString(folder.resolve("result.json"), "[1, 2]");

        Result fromFile = cli.run("step", "complete", "1:pay", "--result", file.toString(), "--reason", "x");
        Result fromInput =
                cli.withInput("\"text\"").run("step", "complete", "1:ship", "--result", "-", "--reason", "x");

        assertThat(fromFile.exitCode()).as(fromFile.err()).isZero();
        assertThat(fromInput.out()).endsWith("task 1: in_progress -> complete\n");
        assertThat(tasker.task(new TaskId(1)).steps())
                .extracting(step -> step.results())
                .containsExactly(List.of(1, 2), "text");
    }

    @Test
    void everyCommandExplainsItselfWithAnExample() {
        for (String command : List.of(
                "task launch",
                "task pause",
                "task resume",
                "task cancel",
                "task retry",
                "task resolve",
                "step retry",
                "step resolve",
                "step complete",
                "step skip",
                "step cancel")) {
            Result help = cli.run((command + " --help").split(" ", -1));
            assertThat(help.exitCode()).isZero();
            assertThat(help.out()).as(command).contains("Usage: tasker " + command, "Example:", "default:");
        }
    }

    private TaskId create() {
        RegisteredTemplate template = tasker.register(
                        new TemplateParser().parse(YAML.formatted("dev.tasker.server.EchoHandler"), "order.yaml"))
                .template();
        return tasker.create(template, TaskRequest.builder(Map.of()).build());
    }
}
