package dev.tasker.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.history.History;
import dev.tasker.history.History.Move;
import dev.tasker.history.History.StepRow;
import dev.tasker.history.HistoryChecker;
import dev.tasker.identity.TaskId;
import dev.tasker.runtime.Workflows;
import dev.tasker.template.Template;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Worker processes that are killed without a chance to clean up.
class KilledWorkersTest {
    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("tasker.soak.seconds", 6));
    private static final Duration KILL_EVERY = Duration.ofSeconds(2);

    private static final boolean IS_SOAK = Integer.getInteger("tasker.soak.seconds") != null;
    private static final Duration STUCK_AFTER = Duration.ofSeconds(IS_SOAK ? 30 : 60);
    /// How long after the end of a lease another worker has the step; a machine that runs other things as well takes
    /// its time.
    private static final Duration TAKEOVER_MAX = Duration.ofSeconds(IS_SOAK ? 2 : 20);
    private static final int WORKERS = 4;
    private static final int TASKS_UNFINISHED = 100;

    @TempDir
    private Path folder;

    private TestDatabase database;
    private Workload workload;
    private WorkerSettings settings;
    private int started;

    @BeforeEach
    void create() {
        database = TestDatabase.create();
        workload = new Workload(database.dataSource());
        settings = WorkerSettings.of(database, folder);
    }

    @AfterEach
    void drop() {
        workload.close();
        database.close();
    }

    @Test
    void killedWorkersLoseNoTaskAndRunNoStepWithoutAClaim() throws Exception {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("KilledWorkersTest seed: " + seed + " (repeat with -Dtasker.seed=" + seed + ")");
        Random random = new Random(seed);
        List<WorkerProcess> workers = new ArrayList<>();
        try {
            for (int i = 0; i < WORKERS; i++) {
                workers.add(start(settings, random));
            }
            workers.forEach(WorkerProcess::awaitReady);
            int kills = killUnderLoad(workers, random);

            long begin = System.nanoTime();
            workload.awaitEnd(STUCK_AFTER);
            Duration rest = Duration.ofNanos(System.nanoTime() - begin);

            History history = workload.assertComplete();
            System.out.println("KilledWorkersTest: all complete " + rest + " after the last kill");
            assertThat(settings.log().withoutClaim(history)).isEmpty();
            summary(history, kills, seed);
        } finally {
            workers.forEach(WorkerProcess::close);
        }
    }

    private int killUnderLoad(List<WorkerProcess> workers, Random random) throws Exception {
        Template template = Workload.diamond();
        int kills = 0;
        while (KILL_EVERY.multipliedBy(kills).compareTo(LENGTH) < 0) {
            long due = System.nanoTime() + KILL_EVERY.toNanos();
            await().forever().pollInterval(Duration.ofMillis(50)).until(() -> {
                workload.create(template, Math.max(0, TASKS_UNFINISHED - workload.unfinished()));
                return System.nanoTime() - due > 0;
            });
            int victim = random.nextInt(workers.size());
            workers.get(victim).kill();
            workers.set(victim, start(settings, random));
            kills++;
        }
        return kills;
    }

    private void summary(History history, int kills, long seed) throws Exception {
        long refused = 0;
        try (var files = Files.list(folder)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".out")).toList()) {
                refused += Files.readAllLines(file).stream()
                        .filter(line -> line.contains("an outcome was refused"))
                        .count();
            }
        }
        System.out.printf(
                "KilledWorkersTest: %d tasks, %d steps, %d kills, %d executions, %d attempts, %d expired leases,"
                        + " %d refused outcomes (seed %d)%n",
                history.tasks().size(),
                history.steps().size(),
                kills,
                settings.log().executions().size(),
                history.steps().stream().mapToInt(StepRow::attempts).sum(),
                history.moves().stream().filter(Move::isExpiry).count(),
                refused,
                seed);
    }

    @Test
    void aStepThatKillsItsProcessEndsInErrorAndOtherTasksGoOn() throws Exception {
        TaskId poisoned = workload.create(
                        Workflows.template("p|handler_class: poison;default_retry_limit: 3", "after <- p"), 1)
                .getFirst();
        List<TaskId> others = workload.create(Workload.diamond(), 20);
        WorkerSettings poisonous = settings.with("handlers", "work,poison");
        int deaths = 0;
        WorkerProcess worker = start(poisonous, new Random(1));
        try {
            while (workload.unfinished() > 0) {
                assertThat(deaths).as("deaths").isLessThanOrEqualTo(3);
                WorkerProcess current = worker;
                await().atMost(STUCK_AFTER)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> !current.isAlive() || workload.unfinished() == 0);
                if (!worker.isAlive()) {
                    deaths++;
                    worker = start(poisonous, new Random(deaths));
                }
            }
        } finally {
            worker.close();
        }
        // An attempt may end before its handler begins, where the worker gets no time to renew its lease.
        assertThat(deaths).isBetween(1, 3);
        assertThat(HistoryChecker.check(workload.history())).isEmpty();
        assertThat(workload.state(poisoned)).isEqualTo("error");
        assertThat(workload.step(poisoned, "p").getAttempts()).isEqualTo(3);
        assertThat(workload.step(poisoned, "p").getError().data()).contains("LEASE_EXPIRED");
        assertThat(others).allMatch(task -> workload.state(task).equals("complete"));
    }

    @Test
    void anotherWorkerTakesOverWithinTheLeaseAndTwoSeconds() throws Exception {
        takeOver(Duration.ofSeconds(4));
    }

    @Test
    @Tag("soak")
    void anotherWorkerTakesOverWithinTheDefaultLeaseAndTwoSeconds() throws Exception {
        takeOver(Duration.ofSeconds(15));
    }

    private void takeOver(Duration lease) throws Exception {
        WorkerSettings gated = settings.with("lease", lease.toMillis()).with("handlers", "gate");
        TaskId task =
                workload.create(Workflows.template("g|handler_class: gate"), 1).getFirst();
        try (WorkerProcess dying = start(gated, new Random(1)).awaitReady()) {
            workload.awaitStep(task, "g", "in_progress");
            try (WorkerProcess heir = start(gated, new Random(2)).awaitReady()) {
                int attempts = workload.step(task, "g").getAttempts();
                OffsetDateTime killed = workload.now();
                dying.kill();
                await().atMost(lease.plus(STUCK_AFTER))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> workload.step(task, "g").getAttempts() > attempts);
                OffsetDateTime again =
                        workload.step(task, "g").getLastAttemptedAt().atOffset(killed.getOffset());
                Files.createFile(folder.resolve("gate"));
                workload.awaitEnd(STUCK_AFTER);
                assertThat(heir.isAlive()).isTrue();
                assertThat(Duration.between(killed, again)).isBetween(Duration.ZERO, lease.plus(TAKEOVER_MAX));
                System.out.println("taken over after " + Duration.between(killed, again) + " with a lease of " + lease);
            }
        }
        workload.assertComplete();
    }

    private WorkerProcess start(WorkerSettings chosen, Random random) throws Exception {
        return WorkerProcess.start(chosen.with("seed", random.nextLong()), "worker-" + ++started);
    }
}
