package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.NotFoundException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.reenqueue.EnqueueSchedule.DueTask;
import dev.tasker.reenqueue.JobOutlook;
import dev.tasker.reenqueue.ReenqueueReason;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EnqueueStoreTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration REPEAT = Duration.ofSeconds(60);
    private static int queues;

    private final String queue = nextName();
    private Scene scene;
    private EnqueueStore store;

    @BeforeEach
    void open() {
        scene = new Scene(DATABASE);
        store = new EnqueueStore(new Database(scene.source()), REPEAT);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void aNewTaskIsTakenOnceAndAgainWhenItsJobSeemsLost() {
        TaskId task = create(template("a"));

        assertThat(take()).containsExactly(new DueTask(task, queue, ReenqueueReason.READY_FOR_PROCESSING));
        assertThat(take()).isEmpty();
        scene.pass(REPEAT.minusMillis(1));
        assertThat(take()).isEmpty();
        scene.pass(Duration.ofMillis(1));
        assertThat(take()).containsExactly(new DueTask(task, queue, ReenqueueReason.PENDING_STEPS_REMAINING));
    }

    @Test
    void onlyTasksOfTheNamedQueuesAreTakenAndNoMoreThanTheLimit() {
        List<TaskId> mine =
                IntStream.range(0, 5).mapToObj(_ -> create(template("a"))).toList();
        scene.create(template("a"));

        assertThat(store.take(Set.of("other queue"), 10)).isEmpty();
        List<DueTask> taken = new ArrayList<>(store.take(Set.of(queue, "other queue"), 3));
        assertThat(taken).hasSize(3);
        taken.addAll(store.take(Set.of(queue), 3));
        assertThat(taken).extracting(DueTask::task).containsExactlyInAnyOrderElementsOf(mine);
    }

    @Test
    void aTaskThatIsToStartLaterIsTakenThen() {
        TaskId task = create(template("a"), Optional.of(Duration.ofMinutes(5)));

        assertThat(take()).isEmpty();
        assertThat(store.outlook(task).resumesIn()).contains(Duration.ofMinutes(5));
        scene.pass(Duration.ofMinutes(5));
        assertThat(take()).hasSize(1);
    }

    @Test
    void tasksThatAnotherTransactionHoldsAreSkipped() throws SQLException {
        TaskId held = create(template("a"));
        TaskId free = create(template("a"));
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT 1 FROM tasker.tasks WHERE task_id = " + held.value() + " FOR UPDATE");

            assertThat(take()).extracting(DueTask::task).containsExactly(free);
            connection.rollback();
        }
        assertThat(take()).extracting(DueTask::task).containsExactly(held);
    }

    @Test
    void onlyAClaimForTheTaskItselfTakesItsSteps() {
        TaskId task = create(template("outside|handler_class: outside"));

        assertThat(scene.claim("w1", 10, "outside")).isEmpty();
        assertThat(claim(task, "outside")).hasSize(1);
    }

    @Test
    void anExpiredLeaseHasItsTaskTakenAtOnce() {
        TaskId task = create(template("a|handler_class: expires;default_retry_limit: 2", "b|handler_class: expires"));
        take();
        claim(task, "expires");
        scene.pass(Duration.ofSeconds(16));

        assertThat(take()).isEmpty();
        assertThat(scene.expireLeases()).isGreaterThanOrEqualTo(2);
        assertThat(take()).extracting(DueTask::task).containsExactly(task);
    }

    @Test
    void anExpiredLeaseWithoutAttemptsLeftEndsTheTaskAndNobodyTakesIt() {
        TaskId task = create(template("a|handler_class: dies;default_retry_limit: 1"));
        take();
        claim(task, "dies");
        scene.pass(Duration.ofSeconds(16));

        assertThat(scene.expireLeases()).isPositive();
        assertThat(store.outlook(task).state()).isEqualTo(TaskState.ERROR);
        assertThat(take()).isEmpty();
    }

    @Test
    void aStepThatWasGivenBackHasItsTaskTakenAtOnce() {
        TaskId task = create(template("a|handler_class: stops", "b|handler_class: stops"));
        take();
        List<ClaimedStep> claimed = claim(task, "stops");

        scene.record("w1", Scene.release(claimed.getFirst()), Scene.success(claimed.getLast()));

        assertThat(take()).extracting(DueTask::task).containsExactly(task);
    }

    @Test
    void ofSeveralJobsForOneTaskOnlyThoseThatComeEarlierArePromised() {
        TaskId task = create(template("a"));
        take();

        assertThat(store.promise(task, Duration.ofSeconds(10), Duration.ZERO)).isTrue();
        assertThat(store.promise(task, Duration.ofSeconds(10), Duration.ZERO)).isFalse();
        assertThat(store.promise(task, Duration.ofSeconds(20), Duration.ZERO)).isFalse();
        assertThat(store.promise(task, Duration.ofSeconds(4), Duration.ZERO)).isTrue();
        scene.pass(Duration.ofSeconds(4));
        assertThat(store.promise(task, Duration.ofSeconds(5), Duration.ZERO)).isTrue();
    }

    @Test
    void aTaskThatIsWantedAtOnceIsNotPutOffByAJobThatLookedBefore() throws SQLException {
        TaskId task = create(template("a"));
        take();
        scene.pass(Duration.ofSeconds(20));
        wantAtOnce(task);

        assertThat(store.promise(task, Duration.ofSeconds(60), Duration.ofMillis(5)))
                .isFalse();
        assertThat(take()).extracting(DueTask::task).containsExactly(task);
    }

    /// The second job has found the first one at work, and gone.
    @Test
    void aTaskThatWasHandedOverAfterItsJobHadLookedIsHandedOverAgain() throws SQLException {
        TaskId task = create(template("a"));
        take();
        scene.pass(Duration.ofSeconds(20));
        wantAtOnce(task);
        assertThat(take()).hasSize(1);

        assertThat(store.promise(task, Duration.ofSeconds(60), Duration.ofMillis(5)))
                .isFalse();
        assertThat(take()).extracting(DueTask::task).containsExactly(task);
    }

    @Test
    void aTaskThatIsWantedAtOnceIsNotPostponed() throws SQLException {
        TaskId task = create(template("a"));
        take();
        wantAtOnce(task);

        store.postpone(List.of(task), Duration.ofSeconds(60));

        assertThat(take()).extracting(DueTask::task).containsExactly(task);
    }

    private void wantAtOnce(TaskId task) throws SQLException {
        scene.sql("SELECT tasker.enqueue_now(ARRAY[" + task.value() + "]::bigint[])");
    }

    @Test
    void aPromisedJobThatNeverCameIsTakenAfterItsTime() {
        TaskId task = create(template("a"));
        take();
        store.promise(task, Duration.ofSeconds(10), Duration.ZERO);

        scene.pass(Duration.ofSeconds(69));
        assertThat(take()).isEmpty();
        scene.pass(Duration.ofSeconds(1));
        assertThat(take()).hasSize(1);
    }

    @Test
    void aPostponedTaskIsTakenAfterItsDelay() {
        TaskId task = create(template("a"));
        take();
        store.postpone(List.of(task), Duration.ofSeconds(5));

        assertThat(take()).isEmpty();
        scene.pass(Duration.ofSeconds(5));
        assertThat(take()).hasSize(1);
    }

    @Test
    void aTaskWithoutAQueueIsNeitherPromisedNorPostponed() {
        TaskId task = scene.create(template("a"));

        assertThat(store.promise(task, Duration.ZERO, Duration.ZERO)).isFalse();
        store.postpone(List.of(task), Duration.ZERO);

        assertThat(store.outlook(task).enqueuer()).isEmpty();
        assertThat(take()).isEmpty();
    }

    @Test
    void theOutlookTellsWhatIsLeftToDo() {
        TaskId task = create(template(
                "a|handler_class: looks",
                "b|handler_class: looks",
                "c|handler_class: looks",
                "d <- a|handler_class: x"));
        assertThat(store.outlook(task)).isEqualTo(outlook(TaskState.PENDING, 0, 3, null, false));

        Map<String, ClaimedStep> claimed = byName(claim(task, "looks"));
        assertThat(store.outlook(task)).isEqualTo(outlook(TaskState.IN_PROGRESS, 3, 0, null, false));

        scene.record("w1", Scene.retryable(claimed.get("a"), Duration.ofSeconds(7)));
        scene.record("w1", Scene.retryable(claimed.get("b"), Duration.ofSeconds(3)));
        assertThat(store.outlook(task)).isEqualTo(outlook(TaskState.IN_PROGRESS, 1, 0, Duration.ofSeconds(3), true));

        scene.pass(Duration.ofSeconds(4));
        assertThat(store.outlook(task)).isEqualTo(outlook(TaskState.IN_PROGRESS, 1, 1, Duration.ofSeconds(3), true));
    }

    @Test
    void theOutlookMindsARequestedDelayThatOtherStepsAskedFor() {
        Template asking = template("ask|handler_class: asks;delay_key: shared_gateway");
        TaskId task = create(asking);
        TaskId other = create(template("pay|handler_class: pays;delay_key: shared_gateway"));
        ClaimedStep claimed = claim(other, "pays").getFirst();
        scene.record(
                "w1",
                Outcome.retryableFailure(
                        claimed.step().stepId(),
                        claimed.claim(),
                        "{\"class\":\"E\",\"message\":\"busy\",\"retry_after\":30}",
                        Duration.ofSeconds(30)));

        assertThat(claim(task, "asks")).isEmpty();
        assertThat(store.outlook(task)).isEqualTo(outlook(TaskState.PENDING, 0, 0, Duration.ofSeconds(30), false));
    }

    @Test
    void anUnknownTaskHasNoOutlook() {
        assertThatThrownBy(() -> store.outlook(new TaskId(987_654_321))).isInstanceOf(NotFoundException.class);
    }

    private JobOutlook outlook(TaskState state, int running, int ready, Duration resumesIn, boolean retry) {
        return new JobOutlook(state, Optional.of(queue), running, ready, Optional.ofNullable(resumesIn), retry);
    }

    private List<DueTask> take() {
        return store.take(Set.of(queue), 100);
    }

    private TaskId create(Template template) {
        return create(template, Optional.empty());
    }

    private TaskId create(Template template, Optional<Duration> startIn) {
        Database database = new Database(scene.source());
        RegisteredTemplate registered =
                new TemplateStore(database).register(template).template();
        TaskRequest.Builder request = TaskRequest.builder(Map.of()).enqueuer(queue);
        startIn.ifPresent(delay -> request.startAt(scene.now().plus(delay)));
        return new TaskCreation(new TaskStore(database)).create(registered, request.build());
    }

    private List<ClaimedStep> claim(TaskId task, String handler) {
        WaveResult wave = new WaveStore(new Database(scene.source()))
                .advance(new WaveRequest(
                        List.of(),
                        new WorkerId("w1"),
                        Map.of(new HandlerKey(HandlerRuntime.JAVA, handler), 100),
                        100,
                        Scene.LEASE,
                        Optional.of(task)));
        return wave.claimed();
    }

    private static Map<String, ClaimedStep> byName(List<ClaimedStep> steps) {
        Map<String, ClaimedStep> named = new LinkedHashMap<>();
        steps.forEach(step -> named.put(step.step().name(), step));
        return named;
    }

    private static synchronized String nextName() {
        queues++;
        return "queue_" + queues;
    }
}
