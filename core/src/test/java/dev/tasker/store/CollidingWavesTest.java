package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.history.HistoryChecker;
import dev.tasker.history.HistoryReader;
import dev.tasker.identity.TaskId;
import dev.tasker.runtime.Workflows;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Many workers whose waves meet on few tasks.
class CollidingWavesTest {
    private static final int WORKERS = 6;
    private static final int TASKS = 5;
    private static final int WIDTH = 20;
    private static final TestDatabase DATABASE = TestDatabase.create();

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void collidingWavesEndWithoutDeadlockAndEachStepIsRecordedOnce() throws Exception {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("CollidingWavesTest seed: " + seed);
        try (Scene scene = new Scene(DATABASE)) {
            collide(scene, seed);
        }
    }

    private static void collide(Scene scene, long seed) throws Exception {
        List<TaskId> tasks = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            tasks.add(scene.create(fan()));
        }

        try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
            List<Future<Integer>> runs = new ArrayList<>();
            for (int worker = 0; worker < WORKERS; worker++) {
                String name = "w" + worker;
                Random random = new Random(seed + worker);
                runs.add(workers.submit(() -> work(scene, name, random, tasks)));
            }
            List<Integer> claims = new ArrayList<>();
            for (Future<Integer> run : runs) {
                claims.add(run.get(60, TimeUnit.SECONDS));
            }
            assertNobodyStarved(claims);
        }

        for (TaskId task : tasks) {
            assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.COMPLETE);
            scene.task(task).steps().forEach(step -> {
                assertThat(step.state()).isEqualTo(StepState.COMPLETE);
                assertThat(scene.trail(task, step.name()).stream().filter(move -> move.endsWith(">complete")))
                        .hasSize(1);
            });
        }
        assertThat(HistoryChecker.check(HistoryReader.read(DATABASE.dataSource())))
                .isEmpty();
    }

    /// Claims skip what others hold instead of waiting: each worker still gets its part.
    private static void assertNobodyStarved(List<Integer> claims) {
        int fairShare = claims.stream().mapToInt(Integer::intValue).sum() / WORKERS;
        assertThat(claims)
                .as("claims of each worker, where %s would be equal", fairShare)
                .allSatisfy(number -> assertThat(number).isGreaterThan(fairShare / 10));
    }

    /// Works until all tasks have ended; returns how many steps it got.
    private static int work(Scene scene, String name, Random random, List<TaskId> tasks) {
        String[] handlers = {"first", "middle", "last"};
        List<ClaimedStep> running = new ArrayList<>();
        int claims = 0;
        while (tasks.stream()
                .anyMatch(task -> !scene.task(task).summary().state().isTerminal())) {
            List<Outcome> outcomes = new ArrayList<>();
            running.forEach(step -> outcomes.add(
                    random.nextInt(5) == 0 && step.step().attempts() < 3
                            ? Scene.retryable(step, Duration.ZERO)
                            : Scene.success(step)));
            running.clear();
            running.addAll(
                    scene.wave(name, outcomes, 1 + random.nextInt(8), handlers).claimed());
            claims += running.size();
        }
        return claims;
    }

    private static Template fan() {
        List<String> lines = new ArrayList<>(List.of("first|handler_class: first"));
        List<String> middle = IntStream.range(0, WIDTH).mapToObj(i -> "m" + i).toList();
        middle.forEach(step -> lines.add(step + " <- first|handler_class: middle;default_retry_limit: 10"));
        lines.add("last <- " + String.join(" ", middle) + "|handler_class: last");
        return Workflows.template(Map.of(), lines.toArray(String[]::new));
    }
}
