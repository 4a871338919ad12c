package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static dev.tasker.store.Scene.permanent;
import static dev.tasker.store.Scene.retryable;
import static dev.tasker.store.Scene.success;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ConflictException;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.operation.Operations;
import dev.tasker.operation.Operator;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.TaskAction;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Operators who meet other operators, and waves.
class OperatorsAtOnceTest {
    private static final Operator ANN = Operator.of("ann");
    private static final Operator BOB = Operator.of("bob");
    private static final String[] HANDLERS = {"a", "b", "c", "d", "e"};
    private static final int ROUNDS = Integer.getInteger("tasker.rounds", 8);
    private static final int TASKS = 6;
    private static final int WORKERS = 3;
    private static final int OPERATORS = 2;
    private static final int ACTIONS = 60;

    private TestDatabase database;
    private Scene scene;
    private Operations operations;

    @BeforeEach
    void open() {
        database = TestDatabase.create();
        scene = new Scene(database);
        operations = new Operations(new OperationStore(new Database(scene.source())), _ -> {}, 1_000);
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void ofTwoOperatorsWhoActAtOnceOneWinsAndTheOtherGetsAConflict() throws Exception {
        for (int round = 0; round < 20; round++) {
            TaskId task = scene.create(template("a", "b"));
            StepId step = scene.step(task, "a").id();

            assertThat(winners(
                            () -> operations.perform(new TaskAction.Pause(), task, ANN),
                            () -> operations.perform(new TaskAction.Pause(), task, BOB)))
                    .isOne();
            assertThat(winners(
                            () -> operations.perform(new TaskAction.Resume(), task, TaskState.PAUSED, ANN),
                            () -> operations.perform(new TaskAction.Cancel(), task, TaskState.PAUSED, BOB)))
                    .isOne();
            TaskId other = scene.create(template("a", "b"));
            StepId otherStep = scene.step(other, "a").id();
            assertThat(winners(
                            () -> operations.perform(new StepAction.Skip(), otherStep, ANN),
                            () -> operations.perform(new StepAction.Resolve(), otherStep, BOB)))
                    .isOne();
            assertThat(scene.trail(other, "a")).hasSize(1);
            assertThat(step).isNotEqualTo(otherStep);
        }
    }

    private static int winners(Runnable one, Runnable other) throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Boolean>> runs = new ArrayList<>();
            for (Runnable action : List.of(one, other)) {
                runs.add(threads.submit(() -> {
                    start.await(20, TimeUnit.SECONDS);
                    try {
                        action.run();
                        return true;
                    } catch (ConflictException _) {
                        return false;
                    }
                }));
            }
            int winners = 0;
            for (Future<Boolean> run : runs) {
                winners += run.get(20, TimeUnit.SECONDS) ? 1 : 0;
            }
            return winners;
        }
    }

    @Test
    void noTaskIsStuckWhateverOperatorsDoWhileWavesRun() throws Exception {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("OperatorsAtOnceTest seed: " + seed);
        for (int round = 0; round < ROUNDS; round++) {
            meet(seed + round * 1_000L);
        }
    }

    private void meet(long seed) throws Exception {
        List<TaskId> tasks = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            tasks.add(scene.create(graph(i % 2 == 0 ? "best_effort" : "fail_fast")));
        }
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(WORKERS + OPERATORS)) {
            List<Future<?>> operators = new ArrayList<>();
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                Random random = new Random(seed + i);
                String name = "w" + i;
                workers.add(threads.submit(() -> work(name, random, over)));
            }
            for (int i = 0; i < OPERATORS; i++) {
                Random random = new Random(seed + 100 + i);
                operators.add(threads.submit(() -> operate(tasks, random)));
            }
            try {
                for (Future<?> run : operators) {
                    run.get(120, TimeUnit.SECONDS);
                }
            } finally {
                over.set(true);
            }
            for (Future<?> run : workers) {
                run.get(120, TimeUnit.SECONDS);
            }
        }
        bringToEnd(tasks);
        tasks.forEach(task -> assertAuditTrailIsWhole(scene.task(task), seed));
    }

    private static Template graph(String policy) {
        return template(
                Map.of("failure_policy", policy),
                "a",
                "b",
                "c <- a|handler_class: c;default_retry_limit: 4",
                "d <- a b|handler_class: d",
                "e <- c d");
    }

    private void work(String name, Random random, AtomicBoolean over) {
        List<ClaimedStep> running = new ArrayList<>();
        while (!over.get() || !running.isEmpty()) {
            List<Outcome> outcomes = new ArrayList<>();
            running.forEach(step -> outcomes.add(outcome(step, random)));
            running.clear();
            int limit = over.get() ? 0 : random.nextInt(6);
            running.addAll(scene.wave(name, outcomes, limit, HANDLERS).claimed());
        }
    }

    private static Outcome outcome(ClaimedStep step, Random random) {
        return switch (random.nextInt(10)) {
            case 0, 1 -> retryable(step, Duration.ZERO);
            case 2 -> permanent(step);
            case 3 -> Scene.release(step);
            default -> success(step);
        };
    }

    private void operate(List<TaskId> tasks, Random random) {
        Operator operator = random.nextBoolean() ? ANN : BOB;
        for (int i = 0; i < ACTIONS; i++) {
            TaskId task = tasks.get(random.nextInt(tasks.size()));
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> operations.performSafely(new TaskAction.Pause(), task, operator);
                case 3, 4 -> operations.performSafely(new TaskAction.Resume(), task, operator);
                case 5, 6 -> operations.performSafely(new TaskAction.Retry(random.nextBoolean()), task, operator);
                case 7 -> operations.bulk().perform(new TaskAction.Resume(), tasks, operator, _ -> {});
                default -> operations.performSafely(stepAction(random), anyStep(task, random), operator);
            }
        }
    }

    private static StepAction stepAction(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> new StepAction.Skip();
            case 1 -> new StepAction.Resolve();
            case 2 -> new StepAction.Complete(Map.of("by", "hand"));
            case 3 -> new StepAction.Cancel();
            default -> new StepAction.Retry(random.nextBoolean());
        };
    }

    private StepId anyStep(TaskId task, Random random) {
        List<TaskSnapshot.StepSnapshot> steps = scene.task(task).steps();
        return steps.get(random.nextInt(steps.size())).id();
    }

    /// What an operator would do: resume, retry, and resolve what cannot be retried. Each task must end by
    /// it.
    private void bringToEnd(List<TaskId> tasks) {
        for (int turn = 0; turn < 50; turn++) {
            boolean ended = true;
            for (TaskId task : tasks) {
                TaskState state = scene.task(task).summary().state();
                if (state == TaskState.PAUSED) {
                    operations.perform(new TaskAction.Resume(), task, ANN);
                } else if (state == TaskState.ERROR
                        && !operations.performSafely(new TaskAction.Retry(true), task, ANN)) {
                    operations.perform(new TaskAction.Resolve(), task, ANN);
                }
                ended &= state == TaskState.COMPLETE || state == TaskState.RESOLVED_MANUALLY;
            }
            if (ended) {
                return;
            }
            List<ClaimedStep> claimed = scene.claim("last", 200, HANDLERS);
            scene.record("last", claimed.stream().map(Scene::success).toArray(Outcome[]::new));
            cancelledTasksEndInError(tasks);
        }
        assertThat(tasks)
                .as("stuck")
                .allMatch(task -> scene.task(task).summary().state().isTerminal());
    }

    /// A task with a cancelled step fails again each time; it is resolved in the end.
    private void cancelledTasksEndInError(List<TaskId> tasks) {
        for (TaskId task : tasks) {
            TaskSnapshot snapshot = scene.task(task);
            boolean hopeless = snapshot.steps().stream().anyMatch(step -> step.state() == StepState.CANCELLED);
            if (hopeless && snapshot.summary().state() == TaskState.ERROR) {
                operations.perform(new TaskAction.Resolve(), task, ANN);
            }
        }
    }

    /// Each transition starts where the one before has ended, and is legal.
    private void assertAuditTrailIsWhole(TaskSnapshot task, long seed) {
        Map<String, String> states = new HashMap<>();
        task.transitions().forEach(move -> {
            String what = "seed " + seed + ", task " + task.summary().id() + ", " + move;
            String subject = move.stepName().orElse("");
            assertThat(move.fromState()).as(what).isEqualTo(states.getOrDefault(subject, "pending"));
            states.put(subject, move.toState());
            boolean legal = subject.isEmpty()
                    ? TaskTransitions.TABLE.allows(TaskState.of(move.fromState()), TaskState.of(move.toState()))
                    : StepTransitions.TABLE.allows(StepState.of(move.fromState()), StepState.of(move.toState()));
            assertThat(legal).as(what).isTrue();
        });
        assertThat(states.get("")).isEqualTo(task.summary().state().key());
        task.steps()
                .forEach(step -> assertThat(states.getOrDefault(step.name(), "pending"))
                        .isEqualTo(step.state().key()));
        Map<String, Scene.Counters> counters = scene.counters(task.summary().id());
        scene.readiness().steps(task.summary().id()).forEach(step -> {
            Scene.Counters row = counters.get(step.name());
            assertThat(row.unmet()).isEqualTo(step.totalParents() - step.completedParents());
            assertThat(row.claimable()).isFalse();
        });
    }
}
