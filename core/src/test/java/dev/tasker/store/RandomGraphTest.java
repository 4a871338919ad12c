package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.readiness.StepReadiness;
import dev.tasker.runtime.Workflows;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Random graphs with random outcomes: after every wave the counters on the rows, the SQL functions and a model of
/// the rules in plain Java must agree.
class RandomGraphTest {
    private static final int GRAPHS = 200;
    private static final int STEPS_MAX = 12;
    private static final int WAVES_MAX = 400;
    private static final TestDatabase DATABASE = TestDatabase.create();

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void countersFunctionsAndModelAgreeAfterEveryWave() {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("RandomGraphTest seed: " + seed + " (repeat with -Dtasker.seed=" + seed + ")");
        Random random = new Random(seed);
        Map<TaskState, Integer> ends = new HashMap<>();
        try (Scene scene = new Scene(DATABASE)) {
            for (int graph = 0; graph < GRAPHS; graph++) {
                ends.merge(new Run(scene, random, "seed " + seed + ", graph " + graph).toEnd(), 1, Integer::sum);
            }
        }
        assertThat(ends).containsOnlyKeys(TaskState.COMPLETE, TaskState.ERROR);
    }

    /// One graph from creation to its end.
    private static final class Run {
        private final Scene scene;
        private final Random random;
        private final String label;
        private final Map<String, Model> model = new HashMap<>();
        private final boolean failFast;
        private final TaskId task;
        private final String[] handlers;
        private final List<ClaimedStep> running = new ArrayList<>();
        private TaskState taskState = TaskState.PENDING;

        Run(Scene scene, Random random, String label) {
            this.scene = scene;
            this.random = random;
            this.label = label;
            this.failFast = random.nextInt(4) == 0;
            Template template = randomTemplate();
            Set<String> bypass = template.steps().stream()
                    .filter(step -> step.skippable() && random.nextBoolean())
                    .map(step -> step.name())
                    .collect(Collectors.toSet());
            template.steps()
                    .forEach(step -> model.put(
                            step.name(),
                            new Model(step, parents(template, step, bypass), bypass.contains(step.name()))));
            this.handlers = model.keySet().toArray(String[]::new);
            this.task = scene.create(template, bypass);
            if (model.values().stream().allMatch(step -> step.state.satisfiesDependency())) {
                taskState = TaskState.COMPLETE;
            }
        }

        /// What depends on a bypassed step also waits for what that would have waited for.
        private static Set<String> parents(Template template, StepTemplate step, Set<String> bypass) {
            Set<String> parents = new LinkedHashSet<>(step.dependsOn());
            if (!bypass.contains(step.name())) {
                Deque<String> passed = new ArrayDeque<>(step.dependsOn());
                passed.removeIf(parent -> !bypass.contains(parent));
                while (!passed.isEmpty()) {
                    for (String further : template.step(passed.pop()).dependsOn()) {
                        (bypass.contains(further) ? passed : parents).add(further);
                    }
                }
            }
            return parents;
        }

        private Template randomTemplate() {
            int steps = 1 + random.nextInt(STEPS_MAX);
            List<String> lines = new ArrayList<>();
            for (int child = 0; child < steps; child++) {
                List<String> parents = new ArrayList<>();
                for (int parent = 0; parent < child; parent++) {
                    if (random.nextInt(steps) < 3) {
                        parents.add("s" + parent);
                    }
                }
                lines.add("s" + child + (parents.isEmpty() ? "" : " <- " + String.join(" ", parents))
                        + "|default_retry_limit: " + random.nextInt(4)
                        + ";default_retryable: " + (random.nextInt(5) > 0)
                        + ";skippable: " + (random.nextInt(6) == 0));
            }
            return Workflows.template(
                    Map.of("failure_policy", failFast ? "fail_fast" : "best_effort"), lines.toArray(String[]::new));
        }

        TaskState toEnd() {
            verify();
            for (int wave = 0; wave < WAVES_MAX && !taskState.isTerminal(); wave++) {
                switch (random.nextInt(8)) {
                    case 0 -> scene.pass(Duration.ofSeconds(1 + random.nextInt(3)));
                    case 1 -> expire();
                    default -> wave();
                }
                verify();
            }
            assertThat(taskState.isTerminal()).as(label + " ends").isTrue();
            // Steps that were running when the task failed fast lose their lease, and stay where they are.
            expire();
            verify();
            return taskState;
        }

        private void wave() {
            List<Outcome> outcomes = new ArrayList<>();
            while (!running.isEmpty() && random.nextInt(3) > 0) {
                outcomes.add(finish(running.remove(random.nextInt(running.size()))));
            }
            settle();
            List<ClaimedStep> claimed =
                    scene.wave("w", outcomes, random.nextInt(4), handlers).claimed();
            for (ClaimedStep step : claimed) {
                Model expected = model.get(step.step().name());
                assertThat(ready(expected))
                        .as(label + ": claimed " + step.step().name())
                        .isTrue();
                assertThat(step.parents().keySet()).containsExactlyInAnyOrderElementsOf(expected.parents);
                expected.state = StepState.IN_PROGRESS;
                expected.attempts++;
                taskState = TaskState.IN_PROGRESS;
                running.add(step);
            }
        }

        private Outcome finish(ClaimedStep step) {
            Model expected = model.get(step.step().name());
            return switch (random.nextInt(8)) {
                case 0 -> {
                    expected.fail(true);
                    yield Scene.permanent(step);
                }
                case 1, 2 -> {
                    // Due at once: the model need not know the clock, only that a claim comes in a later statement.
                    expected.fail(false);
                    yield Scene.retryable(step, Duration.ZERO);
                }
                case 3 -> {
                    expected.state = StepState.PENDING;
                    expected.attempts--;
                    yield Scene.release(step);
                }
                default -> {
                    expected.state = StepState.COMPLETE;
                    yield Scene.success(step);
                }
            };
        }

        private void expire() {
            scene.pass(Scene.LEASE.plusSeconds(1));
            running.forEach(step -> model.get(step.step().name()).fail(false));
            assertThat(scene.expireLeases()).as(label).isEqualTo(running.size());
            running.clear();
            settle();
        }

        private void settle() {
            if (taskState.isTerminal()) {
                return;
            }
            boolean blocked = model.values().stream().anyMatch(Model::isBlocked);
            boolean going =
                    model.values().stream().anyMatch(step -> step.state == StepState.IN_PROGRESS || runnable(step));
            if (model.values().stream().allMatch(step -> step.state.satisfiesDependency())) {
                taskState = TaskState.COMPLETE;
            } else if (blocked && (failFast || !going)) {
                taskState = TaskState.ERROR;
            }
        }

        private boolean runnable(Model step) {
            return taskState.isLive()
                    && step.mayRun()
                    && step.parents.stream()
                            .allMatch(parent -> model.get(parent).state.satisfiesDependency());
        }

        private boolean ready(Model step) {
            return runnable(step);
        }

        private void verify() {
            TaskSnapshot stored = scene.task(task);
            assertThat(stored.summary().state()).as(label + ": task").isEqualTo(taskState);
            Map<String, Scene.Counters> counters = scene.counters(task);
            for (StepReadiness readiness : scene.readiness().steps(task)) {
                Model expected = model.get(readiness.name());
                Scene.Counters row = counters.get(readiness.name());
                String what = label + ": " + readiness.name();
                assertThat(readiness.state()).as(what + " state").isEqualTo(expected.state);
                assertThat(readiness.attempts()).as(what + " attempts").isEqualTo(expected.attempts);
                long unmet = expected.parents.stream()
                        .filter(parent -> !model.get(parent).state.satisfiesDependency())
                        .count();
                assertThat(row.unmet()).as(what + " unmet").isEqualTo((int) unmet);
                assertThat(readiness.totalParents() - readiness.completedParents())
                        .as(what + " parents")
                        .isEqualTo((int) unmet);
                assertThat(readiness.dependenciesSatisfied()).as(what).isEqualTo(unmet == 0);
                assertThat(row.claimable()).as(what + " claimable").isEqualTo(runnable(expected));
                assertThat(row.due()).as(what + " due").isEqualTo(readiness.readyForExecution());
                assertThat(readiness.readyForExecution()).as(what + " ready").isEqualTo(runnable(expected));
            }
            assertThat(scene.readiness().context(task).orElseThrow().readySteps())
                    .as(label + ": ready steps of the context")
                    .isEqualTo(model.values().stream().filter(this::runnable).count());
            assertNoChildBeforeItsParents(stored);
        }

        private void assertNoChildBeforeItsParents(TaskSnapshot stored) {
            Map<String, Long> satisfiedAt = new HashMap<>();
            stored.transitions()
                    .forEach(move -> move.stepName().ifPresent(name -> {
                        if (StepState.of(move.toState()).satisfiesDependency()) {
                            satisfiedAt.put(name, move.id());
                        }
                        if (move.toState().equals("in_progress")) {
                            for (String parent : model.get(name).parents) {
                                assertThat(satisfiedAt.getOrDefault(parent, Long.MAX_VALUE))
                                        .as(label + ": " + parent + " before " + name)
                                        .isLessThan(move.id());
                            }
                        }
                    }));
        }
    }

    /// The rules for one step, in plain Java.
    private static final class Model {
        private final Set<String> parents;
        private final int retryLimit;
        private final boolean retryable;
        private StepState state;
        private int attempts;
        private boolean permanent;

        Model(StepTemplate step, Set<String> parents, boolean bypassed) {
            this.parents = parents;
            this.retryLimit = step.retryLimit();
            this.retryable = step.retryable();
            this.state = bypassed ? StepState.SKIPPED : StepState.PENDING;
        }

        void fail(boolean forEver) {
            state = StepState.ERROR;
            permanent = forEver;
        }

        boolean mayRun() {
            return state == StepState.PENDING
                    || (state == StepState.ERROR && !permanent && retryable && attempts < retryLimit);
        }

        boolean isBlocked() {
            return state == StepState.ERROR && !mayRun();
        }
    }
}
