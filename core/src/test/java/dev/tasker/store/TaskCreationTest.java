package dev.tasker.store;

import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.generated.tables.records.TasksRecord;
import dev.tasker.db.test.PostgresVersion;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TaskId;
import dev.tasker.request.Annotation;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(PostgresVersion.class)
class TaskCreationTest {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

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
    void aBatchIsCreatedInItsOrder() {
        RegisteredTemplate template = scene.register(template("a", "b <- a"));
        List<TaskRequest> requests = IntStream.range(0, 100)
                .mapToObj(i -> TaskRequest.builder(Map.of("i", i)).build())
                .toList();

        List<CreatedTask> created = scene.creation().create(template, requests, Duplicates.REFUSE);

        assertThat(created).hasSize(100).allMatch(CreatedTask::created);
        assertThat(created).extracting(task -> task.id().value()).isSorted();
        for (int i = 0; i < 100; i++) {
            assertThat(scene.task(created.get(i).id()).context()).isEqualTo(Map.of("i", i));
        }
        assertThat(scene.claim("w", 200, "a")).hasSize(100);
    }

    @Test
    void anEmptyBatchIsNothing() {
        RegisteredTemplate template = scene.register(template("a"));

        assertThat(scene.creation().create(template, List.of(), Duplicates.REFUSE))
                .isEmpty();
    }

    @Test
    void aBatchWithTooManyRequestsIsRefused() {
        RegisteredTemplate template = scene.register(template("a"));
        List<TaskRequest> requests =
                Collections.nCopies(1_001, TaskRequest.builder(Map.of()).build());

        assertThatThrownBy(() -> scene.creation().create(template, requests, Duplicates.REFUSE))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("at most 1000 requests");
        assertThat(tasks()).isEmpty();
    }

    @Test
    void aBatchWithMoreThanTheDatabaseHoldsIsRefused() {
        RegisteredTemplate template = scene.register(template("a"));
        TaskRequest large = TaskRequest.builder(Map.of("text", "x".repeat(TaskRequest.CONTEXT_BYTES_MAX - 100)))
                .build();

        assertThatThrownBy(() -> scene.creation().create(template, Collections.nCopies(17, large), Duplicates.REFUSE))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("67108864 bytes");
        assertThat(tasks()).isEmpty();
    }

    @Test
    void oneBadRequestIsNamedByItsIndexAndNothingIsCreated() {
        RegisteredTemplate template = scene.register(template("a"));
        TaskRequest good = TaskRequest.builder(Map.of()).build();
        TaskRequest bad =
                TaskRequest.builder(Map.of()).bypassSteps(Set.of("nowhere")).build();

        assertThatThrownBy(() -> scene.creation().create(template, List.of(good, bad, good), Duplicates.REFUSE))
                .isInstanceOfSatisfying(InvalidRequestException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.BYPASS_REFUSED);
                    assertThat(problem).hasMessageContaining("request 1: step `nowhere`");
                    assertThat(problem.details()).containsEntry("index", 1).containsEntry("step", "nowhere");
                });
        assertThat(tasks()).isEmpty();
    }

    @Test
    void aDuplicateIsAnsweredWithTheExistingTask() {
        Template strict = template(Map.of("identity_strategy", "strict"), "a");
        TaskId first = scene.create(strict, request(1));

        assertThatThrownBy(() -> scene.create(strict, request(1)))
                .isInstanceOfSatisfying(ConflictException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.TASK_DUPLICATE);
                    assertThat(problem.details()).containsEntry("task_id", first.value());
                });
        assertThat(tasks()).hasSize(1);
        assertThat(scene.claim("w", 10, "a")).hasSize(1);
    }

    @Test
    void aDuplicateInABatchLeavesNothingOfTheBatch() {
        RegisteredTemplate strict = scene.register(template(Map.of("identity_strategy", "strict"), "a"));
        TaskId first = scene.creation().create(strict, request(1));
        TaskRequest annotated = TaskRequest.builder(Map.of("n", 2))
                .annotations(List.of(new Annotation("unseen", 1)))
                .build();

        assertThatThrownBy(() ->
                        scene.creation().create(strict, List.of(annotated, request(1), request(3)), Duplicates.REFUSE))
                .isInstanceOfSatisfying(
                        ConflictException.class,
                        problem -> assertThat(problem.details())
                                .containsEntry("task_id", first.value())
                                .containsEntry("index", 1)
                                .containsEntry("duplicates", List.of(Map.of("index", 1, "task_id", first.value()))));
        assertThat(tasks()).hasSize(1);
        assertThat(new AnnotationStore(new Database(scene.source())).types()).isEmpty();
        assertThat(scene.creation().create(strict, request(3))).isNotEqualTo(first);
    }

    @Test
    void twoRequestsForTheSameTaskInOneBatchAreRefused() {
        RegisteredTemplate strict = scene.register(template(Map.of("identity_strategy", "strict"), "a"));

        assertThatThrownBy(() ->
                        scene.creation().create(strict, List.of(request(1), request(2), request(1)), Duplicates.REFUSE))
                .isInstanceOfSatisfying(
                        ConflictException.class,
                        problem -> assertThat(problem.details())
                                .containsEntry("index", 2)
                                .containsEntry("same_as_index", 0));
        assertThat(tasks()).isEmpty();
    }

    @Test
    void skippedDuplicatesAreAnsweredWithTheExistingTaskAndTheOthersAreCreated() {
        RegisteredTemplate strict = scene.register(template(Map.of("identity_strategy", "strict"), "a"));
        TaskId first = scene.creation().create(strict, request(1));

        List<CreatedTask> created = scene.creation()
                .create(strict, List.of(request(2), request(1), request(2), request(3)), Duplicates.SKIP);

        assertThat(created).extracting(CreatedTask::created).containsExactly(true, false, false, true);
        assertThat(created.get(1).id()).isEqualTo(first);
        assertThat(created.get(2).id()).isEqualTo(created.get(0).id());
        assertThat(tasks()).hasSize(3);
        assertThat(scene.claim("w", 10, "a")).hasSize(3);
    }

    @Test
    void theMinuteOfAHashIsTheDatabasesAndIsStoredWithTheTask() {
        Template hash = template(Map.of("identity_strategy", "hash"), "a");
        TaskId first = scene.create(hash, request(1));
        scene.pass(Duration.ofSeconds(59));

        assertThatThrownBy(() -> scene.create(hash, request(1))).isInstanceOf(ConflictException.class);
        scene.pass(Duration.ofSeconds(1));
        TaskId second = scene.create(hash, request(1));

        assertThat(second).isNotEqualTo(first);
        assertThat(task(second).getRequestedAt()).isEqualTo(START.plusSeconds(60));
    }

    @Test
    void anIdempotencyKeyMakesOneTaskOfTwoRequestsInBothEnginesOfARace() throws Exception {
        RegisteredTemplate template = scene.register(template("a"));
        TaskRequest request =
                TaskRequest.builder(Map.of()).idempotencyKey("order-1").build();

        List<CreatedTask> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<List<CreatedTask>>> runs = IntStream.range(0, 8)
                    .mapToObj(_ ->
                            threads.submit(() -> scene.creation().create(template, List.of(request), Duplicates.SKIP)))
                    .toList();
            for (Future<List<CreatedTask>> run : runs) {
                answers.addAll(run.get(30, TimeUnit.SECONDS));
            }
        }

        assertThat(answers)
                .extracting(CreatedTask::id)
                .containsOnly(answers.getFirst().id());
        assertThat(answers.stream().filter(CreatedTask::created)).hasSize(1);
    }

    @Test
    void overlappingBatchesInAnyOrderEndWithoutDeadlock() throws Exception {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("TaskCreationTest seed: " + seed);
        RegisteredTemplate strict = scene.register(template(Map.of("identity_strategy", "strict"), "a"));

        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> runs = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                Random random = new Random(seed + thread);
                runs.add(threads.submit(() -> {
                    for (int round = 0; round < 10; round++) {
                        List<TaskRequest> requests = new ArrayList<>();
                        int from = round * 40;
                        IntStream.range(from, from + 40).forEach(i -> requests.add(request(i)));
                        Collections.shuffle(requests, random);
                        scene.creation().create(strict, requests, Duplicates.SKIP);
                    }
                }));
            }
            for (Future<?> run : runs) {
                run.get(60, TimeUnit.SECONDS);
            }
        }

        assertThat(tasks()).hasSize(400);
    }

    @Test
    void aRefusedBatchThatRacesWithAnotherOneTakesNothingFromIt() throws Exception {
        RegisteredTemplate strict = scene.register(template(Map.of("identity_strategy", "strict"), "a"));
        scene.creation().create(strict, request(0));

        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<?> refused = threads.submit(() -> {
                for (int round = 1; round < 40; round++) {
                    List<TaskRequest> batch = List.of(request(round), request(0));
                    assertThatThrownBy(() -> scene.creation().create(strict, batch, Duplicates.REFUSE))
                            .isInstanceOf(ConflictException.class);
                }
            });
            Future<?> stored = threads.submit(() -> {
                for (int round = 1; round < 40; round++) {
                    scene.creation().create(strict, request(round));
                }
            });
            refused.get(60, TimeUnit.SECONDS);
            stored.get(60, TimeUnit.SECONDS);
        }

        assertThat(tasks()).hasSize(40);
        assertThat(scene.claim("w", 100, "a")).hasSize(40);
    }

    @Test
    void everythingThatARequestSaysIsStored() {
        TaskId id = scene.create(
                template("a", "b <- a|skippable: true"),
                TaskRequest.builder(Map.of("n", 1))
                        .initiator("ann")
                        .sourceSystem("shop")
                        .reason("because")
                        .tags(List.of("x", "y"))
                        .bypassSteps(Set.of("b"))
                        .priority(-3)
                        .correlationId("c-1")
                        .parentCorrelationId("p-1")
                        .requestedAt(Instant.parse("2026-01-01T00:00:00Z"))
                        .build());

        TasksRecord row = task(id);
        assertThat(row.getInitiator()).isEqualTo("ann");
        assertThat(row.getSourceSystem()).isEqualTo("shop");
        assertThat(row.getReason()).isEqualTo("because");
        assertThat(row.getTags().data()).isEqualTo("[\"x\", \"y\"]");
        assertThat(row.getBypassSteps().data()).isEqualTo("[\"b\"]");
        assertThat(row.getPriority()).isEqualTo(-3);
        assertThat(row.getCorrelationId()).isEqualTo("c-1");
        assertThat(row.getParentCorrelationId()).isEqualTo("p-1");
        assertThat(row.getRequestedAt()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(row.getDeadlineAt()).isNull();
    }

    @Test
    void annotationsAreStoredWithTheTask() {
        AnnotationStore annotations = new AnnotationStore(new Database(scene.source()));
        TaskRequest request = TaskRequest.builder(Map.of())
                .annotations(List.of(
                        new Annotation("note", "first"),
                        new Annotation("cost", Map.of("cents", 12)),
                        new Annotation("note", null)))
                .build();

        List<CreatedTask> created =
                scene.creation().create(scene.register(template("a")), List.of(request, request), Duplicates.REFUSE);

        for (CreatedTask task : created) {
            assertThat(annotations.list(task.id(), 0, 10))
                    .extracting(AnnotationStore.StoredAnnotation::annotation)
                    .isEqualTo(request.annotations());
        }
        assertThat(annotations.types())
                .extracting(AnnotationStore.AnnotationType::name)
                .containsExactly("cost", "note");
    }

    @Test
    void nothingOfADraftIsClaimed() {
        TaskId draft = scene.create(
                template("a", "b"), TaskRequest.builder(Map.of()).draft(true).build());

        assertThat(scene.task(draft).summary().state()).isEqualTo(TaskState.DRAFT);
        assertThat(scene.claim("w", 10, "a", "b")).isEmpty();
        assertThat(scene.counters(draft).values()).noneMatch(Scene.Counters::claimable);
    }

    @Test
    void aDelayedTaskStartsWhenItsTimeHasCome() {
        scene.create(
                template("a"),
                TaskRequest.builder(Map.of()).delay(Duration.ofMinutes(10)).build());

        scene.pass(Duration.ofSeconds(599));
        assertThat(scene.claim("w", 10, "a")).isEmpty();
        scene.pass(Duration.ofSeconds(1));
        assertThat(scene.claim("w", 10, "a")).hasSize(1);
    }

    @Test
    void aStartInThePastIsNow() {
        TaskId task = scene.create(
                template("a"),
                TaskRequest.builder(Map.of()).startAt(Instant.EPOCH).build());

        assertThat(task(task).getStartAt()).isEqualTo(START);
        assertThat(scene.claim("w", 10, "a")).hasSize(1);
    }

    @Test
    void aDeadlineCountsFromTheStartElseFromTheRequest() {
        Template template = template(Map.of("deadline_seconds", "60"), "a");

        TaskId asked = scene.create(
                template,
                TaskRequest.builder(Map.of()).requestedAt(START.minusSeconds(5)).build());
        TaskId delayed = scene.create(
                template,
                TaskRequest.builder(Map.of()).delay(Duration.ofSeconds(30)).build());
        TaskId own = scene.create(
                template,
                TaskRequest.builder(Map.of()).deadline(Duration.ofMillis(1_500)).build());
        TaskId draft =
                scene.create(template, TaskRequest.builder(Map.of()).draft(true).build());

        assertThat(task(asked).getDeadlineAt()).isEqualTo(START.plusSeconds(55));
        assertThat(task(delayed).getDeadlineAt()).isEqualTo(START.plusSeconds(90));
        assertThat(task(own).getDeadlineAt()).isEqualTo(START.plusMillis(1_500));
        assertThat(task(draft).getDeadlineAt()).isNull();
        assertThat(task(draft).getDeadlineAfter().toDuration()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void tooManyRequestsAtOnceIsTheBoundThatIsDocumented() {
        assertThat(TaskCreation.REQUESTS_MAX).isEqualTo(1_000);
        RegisteredTemplate template = scene.register(template("a"));
        List<TaskRequest> requests = Collections.nCopies(
                TaskCreation.REQUESTS_MAX, TaskRequest.builder(Map.of()).build());

        assertThat(scene.creation().create(template, requests, Duplicates.REFUSE))
                .hasSize(1_000);
    }

    private static TaskRequest request(int number) {
        return TaskRequest.builder(Map.of("n", number)).build();
    }

    private TasksRecord task(TaskId id) {
        return tasks().stream()
                .filter(row -> row.getTaskId() == id.value())
                .findFirst()
                .orElseThrow();
    }

    private List<TasksRecord> tasks() {
        return DSL.using(scene.source(), SQLDialect.POSTGRES).selectFrom(TASKS).fetch();
    }
}
