package dev.tasker.store;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Workflows;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.NewTask;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.StepAdjustments;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.FirstWaiting;
import dev.tasker.wave.WaveRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A task may start with its creation.
class TaskStartTest {
    private static final Template CHAIN = Workflows.template("a", "b <- a");

    private TestDatabase database;
    private Scene scene;

    @BeforeEach
    void open() {
        database = TestDatabase.create();
        scene = new Scene(database);
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void theFirstStepIsClaimedByWhoeverCreatesTheTask() {
        TaskStore.Stored stored = create(CHAIN, 1, request -> request, 8, "a", "b");

        CreatedTask task = stored.tasks().getFirst();
        assertThat(task.created()).isTrue();
        assertThat(task.started()).isTrue();
        ClaimedStep claimed = stored.claimed().getFirst();
        assertThat(claimed.step().name()).isEqualTo("a");
        assertThat(claimed.step().attempts()).isEqualTo(1);
        assertThat(claimed.launchesTask()).isTrue();
        assertThat(claimed.task().taskId()).isEqualTo(task.id());
        assertThat(claimed.task().context()).containsEntry("number", 0);
        assertThat(scene.task(task.id()).summary().state()).isEqualTo(TaskState.IN_PROGRESS);
        assertThat(scene.trail(task.id(), null)).containsExactly("pending>in_progress");
        assertThat(scene.trail(task.id(), "a")).containsExactly("pending>in_progress");
        assertThat(scene.task(task.id()).transitions().getFirst().stepName()).isEmpty();
    }

    @Test
    void itsOutcomeIsRecordedLikeAnyOther() {
        ClaimedStep first =
                create(CHAIN, 1, request -> request, 8, "a", "b").claimed().getFirst();

        ClaimedStep second = scene.wave("w", List.of(Scene.success(first)), 8, "a", "b")
                .claimed()
                .getFirst();
        scene.record("w", Scene.success(second));

        assertThat(second.step().name()).isEqualTo("b");
        assertThat(scene.task(first.task().taskId()).summary().state()).isEqualTo(TaskState.COMPLETE);
    }

    @Test
    void itsLeaseRunsOutLikeAnyOther() {
        TaskId task =
                create(CHAIN, 1, request -> request, 8, "a").tasks().getFirst().id();

        scene.pass(Scene.LEASE.plusSeconds(1));

        assertThat(scene.expireLeases()).isEqualTo(1);
        assertThat(scene.claim("other", 8, "a")).hasSize(1);
        assertThat(scene.task(task).steps().getFirst().attempts()).isEqualTo(2);
    }

    @Test
    void noMoreTasksStartThanThereAreSlots() {
        TaskStore.Stored stored = create(CHAIN, 5, request -> request, 3, "a", "b");

        assertThat(stored.tasks()).hasSize(5);
        assertThat(stored.tasks().stream().map(CreatedTask::started)).containsExactly(true, true, true, false, false);
        assertThat(stored.claimed()).hasSize(3);
        assertThat(scene.claim("other", 8, "a")).hasSize(2);
    }

    @Test
    void nothingStartsWhereOthersWaitForTheHandlerAlready() {
        scene.create(CHAIN);

        TaskStore.Stored stored = create(CHAIN, 1, request -> request, 8, "a");

        assertThat(stored.claimed()).isEmpty();
        assertThat(scene.claim("other", 8, "a")).hasSize(2);
    }

    @Test
    void aWorkerWithoutTheHandlerStartsNothing() {
        assertThat(create(CHAIN, 1, request -> request, 8, "b").claimed()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("templatesThatWait")
    void aTaskThatAnotherRoutineHasToLookAtIsLeftToTheWaves(Template template) {
        assertThat(create(template, 1, request -> request, 8, "a", "b", "c").claimed())
                .isEmpty();
    }

    static Stream<Template> templatesThatWait() {
        return Stream.of(
                Workflows.template("a", "b"),
                Workflows.template("a|concurrency: 1"),
                Workflows.template("a|delay_key: bank"));
    }

    @ParameterizedTest
    @MethodSource("requestsThatWait")
    void aTaskThatIsNotToStartNowIsLeftAlone(UnaryOperator<TaskRequest.Builder> how) {
        TaskStore.Stored stored = create(Workflows.template("a|skippable: true", "b <- a"), 1, how, 8, "a", "b");

        assertThat(stored.claimed()).isEmpty();
        assertThat(scene.task(stored.tasks().getFirst().id()).steps())
                .noneMatch(step -> step.state() == StepState.IN_PROGRESS);
    }

    static Stream<UnaryOperator<TaskRequest.Builder>> requestsThatWait() {
        return Stream.of(
                request -> request.draft(true),
                request -> request.delay(Duration.ofSeconds(1)),
                request -> request.enqueuer("sidekiq"),
                request -> request.bypassSteps(Set.of("a")));
    }

    @Test
    void aDuplicateStartsNothing() {
        create(CHAIN, 1, request -> request, 8, "a");

        TaskStore.Stored again = store(CHAIN, 2, request -> request, 8, Duplicates.SKIP, "a");

        assertThat(again.tasks().stream().map(CreatedTask::created)).containsExactly(false, true);
        assertThat(again.tasks().stream().map(CreatedTask::started)).containsExactly(false, true);
        assertThat(again.claimed()).hasSize(1);
    }

    @Test
    void eachOfManyTasksOfManyTemplatesIsToldToWhoAskedForIt() {
        List<RegisteredTemplate> templates = IntStream.range(0, 3)
                .mapToObj(index -> scene.register(Workflows.template("a", "b <- a")))
                .toList();
        List<NewTask> tasks = IntStream.range(0, 30)
                .mapToObj(index -> new NewTask(
                        templates.get((index * 7) % 3),
                        TaskRequest.builder(Map.of("number", index)).build(),
                        "mixed#" + (30 - index),
                        StepAdjustments.NONE))
                .toList();

        List<CreatedTask> created = new TaskStore(new Database(scene.source()))
                .create(
                        tasks,
                        Duplicates.SKIP,
                        new WaveRequest(List.of(), new WorkerId("w"), Map.of(), 0, Scene.LEASE, Optional.empty()))
                .tasks();

        for (int index = 0; index < tasks.size(); index++) {
            TaskSnapshot stored = scene.task(created.get(index).id());
            assertThat(stored.context()).isEqualTo(Map.of("number", index));
            assertThat(stored.summary().name())
                    .isEqualTo(tasks.get(index).template().template().key().name());
        }
    }

    @Test
    void aCreationThatIsToldThatNothingWaitsDoesNotLook() {
        create(CHAIN, 1, request -> request, 0, "a", "b");

        TaskStore.Stored looking = store(CHAIN, 2, request -> request, 8, Duplicates.SKIP, "a", "b");
        TaskStore.Stored knowing = told(FirstWaiting.NONE);

        assertThat(looking.claimed()).as("a step waits").isEmpty();
        assertThat(knowing.claimed()).hasSize(1);
    }

    @Test
    void aCreationThatIsToldWhereStepsWaitLooksThere() {
        Instant first = scene.now();
        create(chain(), 1, request -> request, 0, "a", "b");
        FirstWaiting later = new FirstWaiting(0, first.plusMillis(1));

        assertThat(told(new FirstWaiting(0, first)).claimed()).isEmpty();
        assertThat(scene.claim("other", 8, "a")).hasSize(2);
        scene.pass(Duration.ofSeconds(1));
        create(chain(), 1, request -> request.priority(1), 0, "a");
        assertThat(told(later).claimed()).as("that one is before it").hasSize(1);
        create(chain(), 1, request -> request.priority(-1), 0, "a");
        assertThat(told(new FirstWaiting(0, first.plusMillis(2))).claimed())
                .as("a lower priority is behind it")
                .isEmpty();
    }

    @Test
    void aCreationTellsWhereStepsAreThatHaveNotStarted() {
        assertThat(create(chain(), 2, request -> request.priority(7), 2, "a").left())
                .isEmpty();
        scene.pass(Duration.ofSeconds(1));

        assertThat(create(chain(), 3, request -> request.priority(7), 2, "a").left())
                .contains(new FirstWaiting(7, scene.now()));
    }

    /// Another template with the same handlers.
    private static Template chain() {
        return Workflows.template("a", "b <- a");
    }

    private TaskStore.Stored told(FirstWaiting place) {
        HandlerKey first = new HandlerKey(HandlerRuntime.JAVA, "a");
        NewTask task = new NewTask(
                scene.register(CHAIN), TaskRequest.builder(Map.of()).build(), "told by " + place, StepAdjustments.NONE);
        return new TaskStore(new Database(scene.source()))
                .create(
                        List.of(task),
                        Duplicates.REFUSE,
                        new WaveRequest(
                                List.of(),
                                new WorkerId("w"),
                                Map.of(first, 8),
                                Map.of(),
                                8,
                                Scene.LEASE,
                                Optional.empty(),
                                Map.of(first, place)));
    }

    private TaskStore.Stored create(
            Template template, int number, UnaryOperator<TaskRequest.Builder> how, int slots, String... handlers) {
        return store(template, number, how, slots, Duplicates.REFUSE, handlers);
    }

    private TaskStore.Stored store(
            Template template,
            int number,
            UnaryOperator<TaskRequest.Builder> how,
            int slots,
            Duplicates duplicates,
            String... handlers) {
        RegisteredTemplate registered = scene.register(template);
        List<NewTask> tasks = IntStream.range(0, number)
                .mapToObj(index -> new NewTask(
                        registered,
                        how.apply(TaskRequest.builder(Map.of("number", index))).build(),
                        template.key() + "#" + index,
                        StepAdjustments.NONE))
                .toList();
        Map<HandlerKey, Integer> free =
                Stream.of(handlers).collect(toMap(handler -> new HandlerKey(HandlerRuntime.JAVA, handler), _ -> slots));
        return new TaskStore(new Database(scene.source()))
                .create(
                        tasks,
                        duplicates,
                        new WaveRequest(List.of(), new WorkerId("w"), free, slots, Scene.LEASE, Optional.empty()));
    }
}
