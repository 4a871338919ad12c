package dev.tasker.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.history.History;
import dev.tasker.history.HistoryChecker;
import dev.tasker.history.Violation;
import dev.tasker.identity.TaskId;
import dev.tasker.runtime.Workflows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Worker processes that are frozen and come back, or are asked to end.
class StoppedWorkersTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    /// What a worker says of an outcome that it did not get rid of, or of a claim that it gave up before.
    private static final String[] LOST = {"an outcome was refused", "a claim was lost"};

    @TempDir
    private Path folder;

    private TestDatabase database;
    private Workload workload;
    private WorkerSettings settings;

    @BeforeEach
    void create() {
        database = TestDatabase.create();
        workload = new Workload(database.dataSource());
        settings = WorkerSettings.of(database, folder).with("lease", 3_000);
    }

    @AfterEach
    void drop() {
        workload.close();
        database.close();
    }

    /// The step of the second task is treated as an operator would who lets it begin anew.
    @Test
    void theOutcomeOfAWorkerThatWasFrozenPastItsLeaseIsRefusedAlsoAfterItsAttemptsWereReset() throws Exception {
        WorkerSettings gated = settings.with("handlers", "gate");
        List<TaskId> tasks = workload.create(Workflows.template("g|handler_class: gate"), 2);
        try (WorkerProcess frozen = WorkerProcess.start(gated, "frozen").awaitReady()) {
            for (TaskId task : tasks) {
                workload.awaitStep(task, "g", "in_progress");
            }
            awaitSteps("frozen", 2);
            frozen.freeze();
            try (WorkerProcess heir = WorkerProcess.start(gated, "heir")) {
                awaitSteps("heir", 2);
                workload.sql("UPDATE tasker.workflow_steps SET attempts = 0 WHERE task_id = "
                        + tasks.get(1).value());
                Files.createFile(folder.resolve("gate"));
                workload.awaitEnd(DEADLINE);

                frozen.thaw();
                Awaitility.await().atMost(DEADLINE).until(() -> frozen.count(LOST) == 2);
                assertThat(heir.count(LOST)).isZero();
            }
            frozen.terminate();
            assertThat(frozen.awaitEnd()).isEqualTo(143);
        }

        assertThat(HistoryChecker.check(workload.history()))
                .extracting(Violation::kind)
                .as("the reset itself, and nothing else")
                .containsExactly(Violation.Kind.ATTEMPTS_DIFFER);
        for (TaskId task : tasks) {
            assertThat(workload.state(task)).isEqualTo("complete");
            assertThat(workload.step(task, "g").getResults().data()).contains("heir");
        }
    }

    @Test
    void aWorkerThatIsAskedToEndFinishesWhatItCanAndGivesTheRestBackWithoutCountingIt() throws Exception {
        // No lease is to end here, however slow the machine is.
        WorkerSettings leaving =
                settings.with("handlers", "work,gate").with("shutdown", 500).with("lease", 30_000);
        TaskId held =
                workload.create(Workflows.template("g|handler_class: gate"), 1).getFirst();
        workload.create(Workload.diamond(), 40);
        try (WorkerProcess worker = WorkerProcess.start(leaving, "leaving").awaitReady()) {
            workload.awaitStep(held, "g", "in_progress");
            worker.terminate();
            assertThat(worker.awaitEnd()).isEqualTo(143);
            assertThat(worker.count("stopped")).isEqualTo(1);
            assertThat(worker.count("outcomes are left")).isZero();
        }

        History history = workload.history();
        assertThat(HistoryChecker.check(history)).isEmpty();
        assertThat(history.steps()).noneMatch(step -> step.state().equals("in_progress"));
        assertThat(workload.step(held, "g").getState()).isEqualTo("pending");
        assertThat(workload.step(held, "g").getAttempts()).isZero();
        assertThat(settings.log().withoutClaim(history)).isEmpty();

        Files.createFile(folder.resolve("gate"));
        try (WorkerProcess next = WorkerProcess.start(leaving, "next").awaitReady()) {
            workload.awaitEnd(DEADLINE);
            assertThat(next.count(LOST)).isZero();
        }
        workload.assertComplete();
        assertThat(workload.step(held, "g").getAttempts()).isEqualTo(1);
    }

    /// Waits until a worker has begun to run so many steps.
    private void awaitSteps(String worker, int number) {
        Awaitility.await(worker + " runs " + number + " steps")
                .atMost(DEADLINE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> steps(worker) == number);
    }

    private long steps(String worker) throws IOException {
        return settings.log().executions().stream()
                .filter(execution -> execution.worker().equals(worker))
                .map(ExecutionLog.Execution::step)
                .distinct()
                .count();
    }
}
