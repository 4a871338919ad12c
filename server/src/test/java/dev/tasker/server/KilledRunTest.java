package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.transition.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A run that is killed leaves a task that a worker completes, and no step is completed twice.
class KilledRunTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TEMPLATE = """
            name: killed
            default_runtime: java
            step_templates:
              - { name: first, handler_class: dev.tasker.server.BlockingHandler }
              - { name: left, handler_class: dev.tasker.server.BlockingHandler, depends_on_step: first }
              - { name: right, handler_class: dev.tasker.server.BlockingHandler, depends_on_step: first }
              - { name: last, handler_class: dev.tasker.server.BlockingHandler, depends_on_steps: [left, right] }
            """;

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

    @Test
    void workerCompletesWhatAKilledRunLeftBehind() throws Exception {
        killARunWhileTwoStepsAreRunning();
        Files.createFile(folder.resolve(BlockingHandler.RELEASED));
        endLeases();

        TaskSnapshot task;
        try (CliProcess worker = CliProcess.start(database, "worker", "--lease", "2s")) {
            worker.awaitOut("ready: 1 handler (java 1)");
            task = awaitTheOnlyTask();
            worker.terminate();
            worker.awaitErr("stopped");
            assertThat(worker.awaitEnd()).isZero();
        }

        assertThat(task.summary().state()).isEqualTo(TaskState.COMPLETE);
        List<String> executions = Files.readAllLines(folder.resolve(BlockingHandler.LOG));
        for (StepSnapshot step : task.steps()) {
            assertThat(completions(task, step.name())).as(step.name()).isEqualTo(1);
            assertThat(executions.stream().filter(step.name()::equals).count())
                    .as(step.name())
                    .isLessThanOrEqualTo(step.attempts());
        }
    }

    @Test
    void interruptedRunGivesItsStepsBackAndSaysHowToContinue() throws Exception {
        try (CliProcess run = startRun("interrupted")) {
            run.awaitErr("blocked in left");
            run.interrupt();
            run.awaitErr("continue it with: tasker worker");
            assertThat(run.awaitEnd()).isEqualTo(130);
        }
        try (Tasker tasker = Tasker.open(database.dataSource(), TaskerConfig.defaults(), List.of())) {
            TaskId task = tasker.tasks(Optional.empty(), Optional.empty(), 1)
                    .getFirst()
                    .id();
            assertThat(tasker.task(task).steps())
                    .noneMatch(step -> step.state().key().equals("in_progress"));
        }
    }

    private void killARunWhileTwoStepsAreRunning() throws Exception {
        try (CliProcess run = startRun("killed")) {
            run.awaitErr("blocked in ");
            run.awaitErr("blocked in ");
            run.kill();
            assertThat(run.awaitEnd()).isNotZero();
        }
    }

    private CliProcess startRun(String name) throws IOException {
        Path template = folder.resolve("killed.yaml");
        Files.writeString(template, TEMPLATE.replace("name: killed", "name: " + name));
        Path input = folder.resolve("input.json");
        Files.writeString(input, Json.write(Map.of("folder", folder.toString())));
        return CliProcess.start(database, "run", template.toString(), "--input", input.toString());
    }

    /// Instead of waiting for the leases of the killed process to run out.
    private static void endLeases() throws Exception {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE tasker.workflow_steps SET lease_expires_at = now() - interval '1 second'"
                    + " WHERE lease_expires_at IS NOT NULL");
        }
    }

    private static TaskSnapshot awaitTheOnlyTask() throws InterruptedException {
        try (Tasker tasker = Tasker.open(database.dataSource(), TaskerConfig.defaults(), List.of())) {
            TaskId id = tasker.tasks(Optional.empty(), Optional.empty(), 1_000).stream()
                    .filter(task -> task.name().equals("killed"))
                    .findFirst()
                    .orElseThrow()
                    .id();
            tasker.awaitEnd(id, LIMIT);
            return tasker.task(id);
        }
    }

    private static long completions(TaskSnapshot task, String step) {
        return task.transitions().stream()
                .filter(transition -> transition.stepName().equals(Optional.of(step))
                        && transition.toState().equals("complete"))
                .count();
    }
}
