package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static dev.tasker.store.Scene.permanent;
import static dev.tasker.store.Scene.success;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ErrorCode;
import dev.tasker.identity.TaskId;
import dev.tasker.operation.BulkOperations;
import dev.tasker.operation.BulkResult;
import dev.tasker.operation.BulkResult.Refusal;
import dev.tasker.operation.Operations;
import dev.tasker.operation.Operator;
import dev.tasker.operation.TaskAction;
import dev.tasker.query.TaskQuery;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BulkOperationsTest {
    private static final Operator ANN = new Operator("ann", "ticket 7");

    private TestDatabase database;
    private Scene scene;
    private Operations operations;
    private BulkOperations bulk;

    @BeforeEach
    void open() {
        database = TestDatabase.create();
        scene = new Scene(database);
        operations = new Operations(new OperationStore(new Database(scene.source())), _ -> {}, 1_000);
        bulk = operations.bulk();
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void aFilterThatMatchesNothingChangesNothing() {
        TaskId task = scene.create(template("a"));
        TaskQuery nobody = TaskQuery.builder().namespace("nobody").build();

        assertThat(bulk.count(new TaskAction.Cancel(), nobody)).isZero();
        assertThat(bulk.perform(new TaskAction.Cancel(), nobody, ANN, _ -> {}))
                .isEqualTo(new BulkResult(0, 0, 0, 0, List.of()));
        assertThat(scene.trail(task, null)).isEmpty();
    }

    @Test
    void aFilterThatMatchesEverythingChangesWhatTheDryRunCounted() {
        Template template = template("a");
        List<TaskId> tasks =
                IntStream.range(0, 250).mapToObj(_ -> scene.create(template)).toList();
        List<BulkResult> progress = new ArrayList<>();

        long counted = bulk.count(new TaskAction.Pause(), TaskQuery.all());
        BulkResult result = bulk.perform(new TaskAction.Pause(), TaskQuery.all(), ANN, progress::add);

        assertThat(counted).isEqualTo(250);
        assertThat(result).isEqualTo(new BulkResult(250, 250, 0, 0, List.of()));
        assertThat(progress).extracting(BulkResult::matched).containsExactly(100L, 200L, 250L);
        assertThat(tasks)
                .allSatisfy(
                        task -> assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.PAUSED));
        assertThat(bulk.count(new TaskAction.Pause(), TaskQuery.all())).isZero();
    }

    @Test
    void completeTasksAreCancelledOnlyWhereTheirStateIsNamed() {
        Template template = template("a");
        TaskId complete = scene.create(template);
        scene.record("w", success(scene.claim("w", 1, "a").getFirst()));
        TaskId waiting = scene.create(template);

        BulkResult all = bulk.perform(new TaskAction.Cancel(), TaskQuery.all(), ANN, _ -> {});
        assertThat(all.changed()).isOne();
        assertThat(scene.task(waiting).summary().state()).isEqualTo(TaskState.CANCELLED);
        assertThat(scene.task(complete).summary().state()).isEqualTo(TaskState.COMPLETE);

        TaskQuery named = TaskQuery.builder().state(TaskState.COMPLETE).build();
        assertThat(bulk.perform(new TaskAction.Cancel(), named, ANN, _ -> {}).changed())
                .isOne();
        assertThat(scene.task(complete).summary().state()).isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void aStateFromWhichTheActionIsNotPossibleIsRefusedWithReasons() {
        TaskId failed = scene.create(template("a"));
        scene.record("w", permanent(scene.claim("w", 1, "a").getFirst()));
        TaskQuery inError = TaskQuery.builder().state(TaskState.ERROR).build();

        BulkResult result = bulk.perform(new TaskAction.Pause(), inError, ANN, _ -> {});

        assertThat(result.refused()).isOne();
        assertThat(result.refusals().getFirst().reason()).contains("task " + failed + " is error");
    }

    @Test
    void idsThatAreGivenTwiceCountOnceAndUnknownOnesAreToldOf() {
        TaskId first = scene.create(template("a"));
        TaskId paused = scene.create(template("a"));
        operations.perform(new TaskAction.Pause(), paused, ANN);

        BulkResult result =
                bulk.perform(new TaskAction.Pause(), List.of(paused, first, new TaskId(4711), first), ANN, _ -> {});

        assertThat(result)
                .extracting(BulkResult::matched, BulkResult::changed, BulkResult::already)
                .containsExactly(3L, 1L, 1L);
        assertThat(result.refusals()).extracting(Refusal::code).containsExactly(ErrorCode.TASK_NOT_FOUND);
        assertThat(bulk.perform(new TaskAction.Pause(), List.of(), ANN, _ -> {}).matched())
                .isZero();
    }

    @Test
    void tasksThatAreCreatedMeanwhileAreLeftOut() {
        Template template = template("a");
        IntStream.range(0, 101).forEach(_ -> scene.create(template));
        List<TaskId> late = new ArrayList<>();

        BulkResult result =
                bulk.perform(new TaskAction.Cancel(), TaskQuery.all(), ANN, _ -> late.add(scene.create(template)));

        assertThat(result.changed()).isEqualTo(101);
        assertThat(late)
                .allSatisfy(
                        task -> assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.PENDING));
        assertThat(Set.copyOf(late)).hasSize(2);
    }
}
