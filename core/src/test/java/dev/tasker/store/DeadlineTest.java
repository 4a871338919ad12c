package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static dev.tasker.store.Scene.names;
import static dev.tasker.store.Scene.retryable;
import static dev.tasker.store.Scene.success;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.PostgresVersion;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.ExpiredTask;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.Renewal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(PostgresVersion.class)
class DeadlineTest {
    private static final Map<String, String> MINUTE = Map.of("deadline_seconds", "60");

    @Parameter
    private PostgresVersion version;

    private TestDatabase database;
    private Scene scene;

    @BeforeEach
    void open() {
        database = TestDatabase.create(version);
        scene = new Scene(database);
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void aTaskEndsInErrorAtItsDeadlineAndNotBefore() {
        TaskId task = scene.create(template(MINUTE, "a", "b <- a"));
        scene.claim("w", 10, "a");

        scene.pass(Duration.ofMillis(59_999));
        assertThat(scene.expireDeadlines()).isEmpty();
        scene.pass(Duration.ofMillis(1));
        assertThat(scene.expireDeadlines()).containsExactly(new ExpiredTask(task, TaskState.IN_PROGRESS));
        assertThat(scene.expireDeadlines()).isEmpty();

        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
        TransitionSnapshot last = scene.task(task).transitions().getLast();
        assertThat(last.fromState() + ">" + last.toState()).isEqualTo("in_progress>error");
        assertThat(last.metadata()).containsEntry("reason", "deadline_exceeded").containsKey("deadline_at");
    }

    @Test
    void whatIsLeftOfTheTaskIsNotClaimedAnyMore() {
        scene.create(template(MINUTE, "a", "b", "c <- a"));
        ClaimedStep failed = scene.claim("w", 1, "a").getFirst();
        scene.record("w", retryable(failed, Duration.ofSeconds(50)));

        scene.pass(Duration.ofSeconds(60));
        scene.expireDeadlines();

        assertThat(scene.claim("w", 10, "a", "b", "c")).isEmpty();
    }

    @Test
    void aRenewalTellsOfAClaimWhoseTaskHasEndedAndProlongsItAllTheSame() {
        scene.create(template(MINUTE, "a"));
        ClaimedStep claimed = scene.claim("w", 10, "a").getFirst();
        assertThat(scene.renewal("w", claimed)).isEqualTo(new Renewal(Set.of(claimed.claim()), Set.of(), Set.of()));

        scene.pass(Duration.ofSeconds(60));
        scene.expireDeadlines();

        assertThat(scene.renewal("w", claimed))
                .isEqualTo(new Renewal(Set.of(claimed.claim()), Set.of(claimed.claim()), Set.of()));
    }

    @Test
    void lateOutcomesAreRecordedAndReleaseNothing() {
        TaskId task = scene.create(template(MINUTE, "a", "b", "c <- a", "d <- b"));
        List<ClaimedStep> running = scene.claim("w", 10, "a", "b");
        scene.pass(Duration.ofSeconds(60));
        scene.expireDeadlines();

        scene.record("w", success(running.get(0)), retryable(running.get(1), Duration.ZERO));

        assertThat(scene.step(task, "a").state()).isEqualTo(StepState.COMPLETE);
        assertThat(scene.step(task, "b").state()).isEqualTo(StepState.ERROR);
        assertThat(names(scene.claim("w", 10, "a", "b", "c", "d"))).isEmpty();
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
        assertThat(scene.trail(task, null)).containsExactly("pending>in_progress", "in_progress>error");
    }

    @Test
    void aTaskThatHasNotBegunMissesItsDeadlineToo() {
        TaskId task = scene.create(template(MINUTE, "a"));
        scene.pass(Duration.ofSeconds(60));

        assertThat(scene.expireDeadlines()).containsExactly(new ExpiredTask(task, TaskState.PENDING));
        assertThat(scene.trail(task, null)).containsExactly("pending>error");
    }

    @Test
    void tasksThatHaveEndedAndDraftsHaveNoDeadline() {
        Template template = template(MINUTE, "a");
        TaskId complete = scene.create(template);
        scene.record("w", success(scene.claim("w", 1, "a").getFirst()));
        TaskId draft =
                scene.create(template, TaskRequest.builder(Map.of()).draft(true).build());
        scene.pass(Duration.ofDays(1));

        assertThat(scene.expireDeadlines()).isEmpty();
        assertThat(scene.task(complete).summary().state()).isEqualTo(TaskState.COMPLETE);
        assertThat(scene.task(draft).summary().state()).isEqualTo(TaskState.DRAFT);
    }

    @Test
    void aPausedTaskMissesItsDeadline() throws Exception {
        TaskId task = scene.create(template(MINUTE, "a"));
        scene.sql("UPDATE tasker.workflow_steps SET claimable = false, held = true");
        scene.sql("UPDATE tasker.tasks SET state = 'paused'");
        scene.pass(Duration.ofSeconds(60));

        assertThat(scene.expireDeadlines()).containsExactly(new ExpiredTask(task, TaskState.PAUSED));
    }

    @Test
    void aDeadlineStrikesOnce() throws Exception {
        TaskId task = scene.create(template(MINUTE, "a"));
        scene.pass(Duration.ofSeconds(60));
        scene.expireDeadlines();

        scene.sql("UPDATE tasker.tasks SET state = 'pending', ended_at = NULL");
        scene.pass(Duration.ofSeconds(60));

        assertThat(scene.expireDeadlines()).isEmpty();
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.PENDING);
    }

    @Test
    void wavesAndDeadlinesThatMeetEndWithoutDeadlock() throws Exception {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("DeadlineTest seed: " + seed);
        Template wide = template(
                Map.of("deadline_seconds", "1"),
                "first|handler_class: h",
                "a <- first|handler_class: h",
                "b <- first|handler_class: h",
                "c <- a b|handler_class: h",
                "d <- c|handler_class: h");
        List<TaskId> tasks = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            tasks.add(scene.create(
                    wide,
                    TaskRequest.builder(Map.of())
                            .deadline(Duration.ofMillis(1 + i))
                            .build()));
        }

        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> runs = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                String worker = "w" + thread;
                Random random = new Random(seed + thread);
                runs.add(threads.submit(() -> work(worker, random)));
            }
            runs.add(threads.submit(() -> {
                for (int i = 0; i < 70; i++) {
                    scene.pass(Duration.ofMillis(1));
                    scene.expireDeadlines();
                }
            }));
            for (Future<?> run : runs) {
                run.get(60, TimeUnit.SECONDS);
            }
        }

        for (TaskId task : tasks) {
            assertThat(scene.task(task).summary().state()).isIn(TaskState.COMPLETE, TaskState.ERROR);
            assertThat(scene.trail(task, null).stream()
                            .filter(move -> move.endsWith(">error") || move.endsWith(">complete")))
                    .hasSize(1);
        }
        assertThat(scene.claim("w", 100, "h")).isEmpty();
    }

    private void work(String worker, Random random) {
        List<ClaimedStep> running = new ArrayList<>();
        for (int round = 0; round < 60; round++) {
            List<Outcome> outcomes = new ArrayList<>();
            running.forEach(
                    step -> outcomes.add(random.nextInt(5) == 0 ? retryable(step, Duration.ZERO) : success(step)));
            running.clear();
            running.addAll(
                    scene.wave(worker, outcomes, 1 + random.nextInt(8), "h").claimed());
        }
        List<Outcome> last = new ArrayList<>();
        running.forEach(step -> last.add(success(step)));
        scene.wave(worker, last, 0);
    }
}
