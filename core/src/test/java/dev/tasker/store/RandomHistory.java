package dev.tasker.store;

import dev.tasker.error.ConflictException;
import dev.tasker.identity.TaskId;
import dev.tasker.operation.Operations;
import dev.tasker.operation.Operator;
import dev.tasker.operation.TaskAction;
import dev.tasker.request.Annotation;
import dev.tasker.runtime.Workflows;
import dev.tasker.template.Template;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Tasks of several templates that engines and operators have worked on for some days, with all that can become of
/// them.
final class RandomHistory {
    private static final String[] HANDLERS = {"a", "b", "c", "d"};
    private static final Operator ANN = new Operator("ann", "by chance");

    private final Scene scene;
    private final Random random;
    private final Operations operations;
    private final AnnotationStore annotations;
    private final List<Template> templates = List.of(
            Workflows.template("a"),
            Workflows.template("a", "b <- a"),
            Workflows.template(Map.of("namespace_name", "shop"), "a", "b <- a", "c <- a", "d <- b c"),
            Workflows.template(Map.of("namespace_name", "shop"), "a | default_retry_limit: 1", "b"));
    private final List<TaskId> tasks = new ArrayList<>();
    private final List<ClaimedStep> running = new ArrayList<>();

    RandomHistory(Scene scene, Random random) {
        this.scene = scene;
        this.random = random;
        this.operations = new Operations(new OperationStore(new Database(scene.source())), _ -> {}, 1_000);
        this.annotations = new AnnotationStore(new Database(scene.source()));
    }

    static RandomHistory seeded(Scene scene, String test) {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println(test + " seed: " + seed + " (repeat with -Dtasker.seed=" + seed + ")");
        return new RandomHistory(scene, new Random(seed));
    }

    /// Makes so many tasks, one after the other, each with some work in between.
    List<TaskId> make(int number) {
        for (int i = 0; i < number; i++) {
            tasks.add(scene.create(templates.get(random.nextInt(templates.size()))));
            if (random.nextInt(5) == 0) {
                annotations.add(any(), new Annotation("note", Map.of("number", i)));
            }
            for (int rounds = random.nextInt(5); rounds > 0; rounds--) {
                scene.pass(Duration.ofMillis(1 + random.nextInt(900_000)));
                work();
            }
            if (random.nextInt(4) == 0) {
                operate();
            }
        }
        return List.copyOf(tasks);
    }

    private void work() {
        running.addAll(scene.claim("w", random.nextInt(6), HANDLERS));
        scene.pass(Duration.ofMillis(1 + random.nextInt(20_000)));
        List<Outcome> outcomes = new ArrayList<>();
        for (ClaimedStep step : List.copyOf(running)) {
            int chance = random.nextInt(10);
            if (chance < 9) {
                running.remove(step);
                outcomes.add(
                        chance < 6
                                ? Scene.success(step)
                                : chance < 8
                                        ? Scene.retryable(step, Duration.ofSeconds(random.nextInt(3_600)))
                                        : Scene.permanent(step));
            }
        }
        scene.record("w", outcomes.toArray(Outcome[]::new));
    }

    private void operate() {
        TaskAction action = switch (random.nextInt(5)) {
            case 0 -> new TaskAction.Cancel();
            case 1 -> new TaskAction.Resolve();
            case 2 -> new TaskAction.Pause();
            case 3 -> new TaskAction.Retry(random.nextBoolean());
            default -> new TaskAction.Resume();
        };
        try {
            operations.perform(action, any(), ANN);
        } catch (ConflictException _) {
            // This time the task does not allow it.
        }
    }

    private TaskId any() {
        return tasks.get(random.nextInt(tasks.size()));
    }
}
