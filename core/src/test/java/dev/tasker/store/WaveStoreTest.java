package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static dev.tasker.store.Scene.names;
import static dev.tasker.store.Scene.permanent;
import static dev.tasker.store.Scene.release;
import static dev.tasker.store.Scene.retryable;
import static dev.tasker.store.Scene.success;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tasker.db.test.PostgresVersion;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.readiness.StepReadiness;
import dev.tasker.request.TaskRequest;
import dev.tasker.result.Backoff;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.FirstWaiting;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(PostgresVersion.class)
class WaveStoreTest {
    private static final HandlerKey HANDLER = new HandlerKey(HandlerRuntime.JAVA, "a");

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
    void aWaveTellsWhetherAndWhereItHasLeftAReadyChildToOthers() {
        scene.create(template("a", "b <- a"));
        scene.create(template("a", "b <- a"));
        List<ClaimedStep> first = scene.claim("w", 2, "a");

        assertThat(scene.wave("w", List.of(success(first.get(0))), 8, "a", "b").left())
                .isEmpty();
        assertThat(scene.wave("w", List.of(success(first.get(1))), 8, "a").left())
                .contains(new FirstWaiting(0, scene.now()));
    }

    @Test
    void aClaimTakesOnlyReadyStepsOfTheHandlersNamed() {
        TaskId task = scene.create(template("a", "b <- a", "c"));

        assertThat(names(scene.claim("w", 10, "a", "b"))).containsExactly("a");
        assertThat(names(scene.claim("w", 10, "a", "b"))).isEmpty();
        assertThat(scene.step(task, "c").state()).isEqualTo(StepState.PENDING);
    }

    @Test
    void theFirstClaimStartsTheTaskAndOnlyTheFirst() {
        TaskId task = scene.create(template("a", "b"));

        assertThat(scene.claim("w", 1, "a").getFirst().launchesTask()).isTrue();
        assertThat(scene.claim("w", 1, "b").getFirst().launchesTask()).isFalse();
        assertThat(scene.trail(task, null)).containsExactly("pending>in_progress");
    }

    @Test
    void aTaskOfTwoFirstStepsThatAreClaimedTogetherStartsOnce() {
        scene.create(template("a", "b"));
        scene.create(template("c", "d"));

        List<ClaimedStep> claimed = scene.claim("w", 10, "a", "b", "c", "d");

        assertThat(claimed).extracting(step -> step.step().name()).containsExactly("a", "b", "c", "d");
        assertThat(claimed).extracting(ClaimedStep::launchesTask).containsExactly(true, false, true, false);
        assertThat(claimed.get(1).task()).isEqualTo(claimed.get(0).task());
        assertThat(claimed.get(3).task()).isEqualTo(claimed.get(2).task());
    }

    @Test
    void whatAWaveTellsOfATaskIsNotAskedForAgain() {
        AtomicInteger questions = new AtomicInteger();
        DataSource counted = (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (_, method, arguments) -> {
                    questions.incrementAndGet();
                    return method.invoke(scene.source(), arguments);
                });
        WaveStore waves =
                new WaveStore(new Database(scene.source()), new ClaimedSteps(new Database(counted), Backoff.DEFAULT));
        WaveRequest threeSteps = new WaveRequest(
                List.of(), new WorkerId("w"), Map.of(HANDLER, 3), 3, Duration.ofSeconds(15), Optional.empty());
        Template template = template("a1|handler_class: a", "a2|handler_class: a", "a3|handler_class: a");
        for (int task = 0; task < 2; task++) {
            scene.create(template, TaskRequest.builder(Map.of("number", task)).build());
        }

        assertThat(waves.advance(threeSteps).claimed()).hasSize(3);
        assertThat(questions).as("definitions of the steps").hasValue(1);
        assertThat(waves.advance(threeSteps).claimed()).hasSize(3);
        assertThat(questions).hasValue(1);
    }

    @Test
    void stepsThatWaitAreClaimedByPriorityThenByTimeBesideOutcomes() {
        scene.create(template("running|handler_class: a"), priority(0));
        ClaimedStep running = scene.claim("w", 1, "a").getFirst();
        scene.create(template("low|handler_class: a"), priority(-1));
        scene.create(template("first|handler_class: a"), priority(2));
        scene.pass(Duration.ofSeconds(1));
        scene.create(template("second|handler_class: a"), priority(2));
        scene.create(template("third|handler_class: a"), priority(1));
        scene.create(template("fourth|handler_class: a"), priority(1));

        assertThat(scene.wave("w", List.of(success(running)), 4, "a").claimed())
                .extracting(step -> step.step().name())
                .containsExactlyInAnyOrder("first", "second", "third", "fourth");
        assertThat(names(scene.claim("w", 4, "a"))).containsExactly("low");
    }

    @Test
    void aChildThatHasJustBecomeReadyGoesBeforeStepsThatWaitForLess() {
        scene.create(template("a", "b1 <- a|handler_class: b", "b2 <- a|handler_class: b"), priority(7));
        ClaimedStep parent = scene.claim("w", 1, "a").getFirst();
        scene.create(template("late1|handler_class: b"), priority(1));
        scene.create(template("late2|handler_class: b"), priority(1));

        // Two children and one slot: neither is claimed with its parent.
        assertThat(scene.wave("w", List.of(success(parent)), 1, "b").claimed())
                .extracting(step -> step.step().name())
                .containsExactly("b1");
        assertThat(scene.wave("w", List.of(), 2, "b").claimed())
                .extracting(step -> step.step().name())
                .contains("b2");
    }

    @Test
    void aWaveLooksForNothingBeforeTheFirstStepThatAnEarlierOneHasFound() {
        Instant first = scene.now();
        for (int task = 0; task < 3; task++) {
            scene.create(template("usual" + task + "|handler_class: a"), priority(1));
        }
        scene.pass(Duration.ofSeconds(1));
        scene.create(template("lower|handler_class: a"), priority(-1));

        WaveResult found = looking(Map.of(), 1);
        assertThat(names(found.claimed())).containsExactly("usual0");
        assertThat(found.waiting()).containsExactly(Map.entry(HANDLER, new FirstWaiting(1, first)));

        scene.create(template("higher|handler_class: a"), priority(2));
        assertThat(names(looking(found.waiting(), 2).claimed())).containsExactly("usual1", "usual2");
        WaveResult later = looking(found.waiting(), 1);
        assertThat(names(later.claimed())).containsExactly("lower");
        assertThat(later.waiting()).containsExactly(Map.entry(HANDLER, new FirstWaiting(-1, scene.now())));
        assertThat(looking(later.waiting(), 1)).isEqualTo(WaveResult.NOTHING);
        assertThat(names(looking(Map.of(), 1).claimed())).containsExactly("higher");
    }

    @Test
    void aWaveTellsForWhichHandlersNothingWaitsAndTheNextOneDoesNotLookForThem() {
        scene.create(template("parent", "child|handler_class: a;depends_on_steps: [parent]"), priority(0));
        List<ClaimedStep> parents = scene.claim("w", 1, "parent");

        WaveResult nothing = looking(Map.of(), 1);
        assertThat(nothing.waiting()).containsExactly(Map.entry(HANDLER, FirstWaiting.NONE));

        scene.create(template("other|handler_class: a"), priority(5));
        assertThat(looking(nothing.waiting(), 1)).isEqualTo(WaveResult.NOTHING);
        WaveResult next = looking(nothing.waiting(), 1, success(parents.getFirst()));
        assertThat(names(next.claimed())).as("what it makes ready itself").containsExactly("child");
        assertThat(next.waiting()).isEmpty();
        assertThat(names(looking(Map.of(), 1).claimed())).containsExactly("other");
    }

    @Test
    void childrenThatAWaveLeavesAreLookedForWhereNothingElseWaits() {
        scene.create(
                template(
                        "parent",
                        "child1|handler_class: a;depends_on_steps: [parent]",
                        "child2|handler_class: a;depends_on_steps: [parent]",
                        "child3|handler_class: a;depends_on_steps: [parent]"),
                priority(3));
        Instant created = scene.now();
        List<ClaimedStep> parents = scene.claim("w", 1, "parent");
        scene.pass(Duration.ofSeconds(1));

        WaveResult result = looking(Map.of(HANDLER, FirstWaiting.NONE), 2, success(parents.getFirst()));

        assertThat(result.claimed()).hasSize(2);
        assertThat(result.left()).contains(new FirstWaiting(3, created));
        assertThat(result.waiting()).isEmpty();
        assertThat(looking(Map.of(HANDLER, result.left().get()), 2).claimed()).hasSize(1);
    }

    @Test
    void aWaveTellsOfWhatWaitsAlsoWhereChildrenTakeAllItsSlots() {
        scene.create(template("parent", "child|handler_class: a;depends_on_steps: [parent]"), priority(1));
        List<ClaimedStep> parents = scene.claim("w", 1, "parent");
        scene.create(template("waits|handler_class: a"), priority(0));

        WaveResult result = looking(Map.of(), 1, success(parents.getFirst()));

        assertThat(names(result.claimed())).containsExactly("child");
        assertThat(result.waiting()).containsExactly(Map.entry(HANDLER, new FirstWaiting(0, scene.now())));
    }

    @Test
    void aRetryThatIsNotDueLeavesAWaveItsPlace() {
        scene.create(template("fails|handler_class: a"), priority(0));
        List<ClaimedStep> claimed = scene.claim("w", 1, "a");
        scene.create(template("passed_over|handler_class: a"), priority(5));

        Outcome failure = Scene.retryable(claimed.getFirst(), Duration.ofSeconds(1));
        assertThat(looking(Map.of(HANDLER, FirstWaiting.NONE), 1, failure).claimed())
                .isEmpty();
    }

    @Test
    void aStepThatIsGivenBackIsLookedForFromTheBeginning() {
        scene.create(template("given_back|handler_class: a"), priority(0));
        List<ClaimedStep> claimed = scene.claim("w", 1, "a");

        assertThat(names(looking(Map.of(HANDLER, FirstWaiting.NONE), 1, Scene.release(claimed.getFirst()))
                        .claimed()))
                .containsExactly("given_back");
    }

    @Test
    void handlersWithALimitAreLookedForInEachWave() {
        scene.create(template("limited|handler_class: a;concurrency: 1"), priority(0));
        assertThat(looking(Map.of(), 1).claimed()).hasSize(1);

        assertThat(looking(Map.of(), 1))
                .as("nothing waits, and it does not say so")
                .isEqualTo(WaveResult.NOTHING);
    }

    @Test
    void aWaveTellsOfWhatHasWaitedAndOfWhatItLeaves() {
        Instant first = scene.now();
        scene.create(template("parent", "child1|handler_class: a;depends_on_steps: [parent]"), priority(0));
        scene.create(
                template(
                        "root",
                        "child2|handler_class: a;depends_on_steps: [root]",
                        "child3|handler_class: a;depends_on_steps: [root]"),
                priority(4));
        List<ClaimedStep> parents = scene.claim("w", 2, "parent", "root");
        scene.pass(Duration.ofSeconds(1));
        scene.create(template("waits|handler_class: a"), priority(1));

        WaveResult result = new WaveStore(new Database(scene.source()))
                .advance(new WaveRequest(
                        parents.stream().map(Scene::success).toList(),
                        new WorkerId("w"),
                        Map.of(HANDLER, 1),
                        1,
                        Scene.LEASE,
                        Optional.empty()));

        assertThat(names(result.claimed())).containsExactly("child2");
        assertThat(result.waiting()).containsExactly(Map.entry(HANDLER, new FirstWaiting(1, scene.now())));
        assertThat(result.left()).contains(new FirstWaiting(4, first));
        assertThat(names(looking(Map.of(HANDLER, result.left().get()), 3).claimed()))
                .containsExactlyInAnyOrder("child3", "waits", "child1");
    }

    @Test
    void aChildIsToldOfAllItsParentsAlsoWhereABypassedOneHasLeftIt() {
        List<ClaimedStep> roots = new ArrayList<>();
        for (int task = 0; task < 3; task++) {
            scene.create(template("a", "b <- a|skippable: true", "c <- b"), Set.of("b"));
            roots.addAll(scene.claim("w", 1, "a"));
        }

        List<ClaimedStep> children = new ArrayList<>();
        children.addAll(scene.wave("w", List.of(success(roots.get(0))), 10, "c").claimed());
        children.addAll(scene.wave("w", List.of(success(roots.get(1)), success(roots.get(2))), 10, "c")
                .claimed());

        assertThat(children)
                .hasSize(3)
                .allSatisfy(child -> assertThat(child.parents()).containsOnlyKeys("a", "b"));
    }

    @Test
    void aChildIsClaimedInTheWaveThatRecordsItsLastParent() {
        scene.create(template("a", "b", "c <- a b"));
        List<ClaimedStep> roots = scene.claim("w", 10, "a", "b");

        WaveResult first = scene.wave("w", List.of(success(roots.get(0))), 10, "c");
        WaveResult second = scene.wave("w", List.of(success(roots.get(1))), 10, "c");

        assertThat(first.claimed()).isEmpty();
        assertThat(names(second.claimed())).containsExactly("c");
        assertThat(second.claimed().getFirst().parents().get("a").results()).isEqualTo(Map.of("ok", true));
    }

    @Test
    void anOutcomeIsAppliedOnceAndRefusedTheSecondTime() {
        TaskId task = scene.create(template("a"));
        ClaimedStep claimed = scene.claim("w", 1, "a").getFirst();

        WaveResult first = scene.record("w", success(claimed));
        WaveResult again = scene.record("w", permanent(claimed));

        assertThat(first.tasks()).singleElement().isInstanceOfSatisfying(TaskVerdict.Complete.class, verdict -> {
            assertThat(verdict.task()).isEqualTo(task);
            assertThat(verdict.outlook().completed()).isEqualTo(1);
        });
        assertThat(again.refused()).containsExactly(claimed.claim());
        assertThat(again.recorded()).isEmpty();
        assertThat(scene.step(task, "a").state()).isEqualTo(StepState.COMPLETE);
    }

    @Test
    void theOutcomeOfAWorkerThatLostItsLeaseIsRefused() {
        TaskId task = scene.create(template("a"));
        ClaimedStep lost = scene.claim("dead", 1, "a").getFirst();
        scene.pass(Scene.LEASE.plusSeconds(1));

        assertThat(scene.expireLeases()).isEqualTo(1);
        ClaimedStep taken = scene.claim("alive", 1, "a").getFirst();
        assertThat(scene.record("dead", success(lost)).refused()).containsExactly(lost.claim());
        scene.record("alive", success(taken));

        assertThat(taken.step().attempts()).isEqualTo(2);
        assertThat(scene.trail(task, "a"))
                .containsExactly(
                        "pending>in_progress",
                        "in_progress>error",
                        "error>pending",
                        "pending>in_progress",
                        "in_progress>complete");
    }

    @Test
    void aLeaseThatIsRenewedDoesNotExpire() {
        scene.create(template("a"));
        ClaimedStep claimed = scene.claim("w", 1, "a").getFirst();

        for (int i = 0; i < 3; i++) {
            scene.pass(Duration.ofSeconds(10));
            assertThat(scene.renew("w", claimed)).containsExactly(claimed.claim());
            assertThat(scene.expireLeases()).isZero();
        }
    }

    @Test
    void aStepThatKillsItsWorkerEachTimeRunsOutOfAttemptsAndEndsItsTask() {
        TaskId task = scene.create(template("poison|default_retry_limit: 2"));
        for (int attempt = 1; attempt <= 2; attempt++) {
            assertThat(scene.claim("w" + attempt, 1, "poison")).hasSize(1);
            scene.pass(Scene.LEASE.plusSeconds(1));
            assertThat(scene.expireLeases()).isEqualTo(1);
        }

        assertThat(scene.claim("w3", 1, "poison")).isEmpty();
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
    }

    @Test
    void aStepThatMayNotBeRetriedIsNotTakenOverFromADeadWorker() {
        TaskId task = scene.create(template("charge|default_retryable: false"));
        scene.claim("w", 1, "charge");
        scene.pass(Scene.LEASE.plusSeconds(1));
        scene.expireLeases();

        assertThat(scene.claim("w2", 1, "charge")).isEmpty();
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
    }

    @Test
    void aFailedStepIsClaimedAgainOnlyWhenItIsDue() {
        TaskId task = scene.create(template("a"));
        ClaimedStep first = scene.claim("w", 1, "a").getFirst();

        WaveResult failed = scene.record("w", retryable(first, Duration.ofSeconds(5)));

        assertThat(failed.tasks()).singleElement().isInstanceOf(TaskVerdict.Waiting.class);
        assertThat(scene.claim("w", 1, "a")).isEmpty();
        scene.pass(Duration.ofSeconds(5));
        ClaimedStep second = scene.claim("w", 1, "a").getFirst();
        assertThat(second.fromState()).isEqualTo(StepState.ERROR);
        assertThat(second.step().attempts()).isEqualTo(2);
        assertThat(scene.trail(task, "a"))
                .containsExactly("pending>in_progress", "in_progress>error", "error>pending", "pending>in_progress");
    }

    @Test
    void ofTwoOutcomesForOneClaimTheReleaseCountsLess() {
        TaskId task = scene.create(template("a"));
        ClaimedStep claimed = scene.claim("w", 1, "a").getFirst();

        WaveResult wave = scene.record("w", release(claimed), success(claimed));

        assertThat(wave.recorded()).hasSize(1);
        assertThat(scene.trail(task, "a")).containsExactly("pending>in_progress", "in_progress>complete");
    }

    @Test
    void aFailureThatWaitsForAResumedTaskIsRecordedOnTheStepAsItIsThen() throws Exception {
        TaskId task = scene.create(template("a"));
        ClaimedStep claimed = scene.claim("w", 1, "a").getFirst();
        scene.sql("UPDATE tasker.workflow_steps SET held = true");

        try (Connection resuming = scene.source().getConnection();
                Statement statement = resuming.createStatement()) {
            resuming.setAutoCommit(false);
            statement.execute("UPDATE tasker.workflow_steps SET held = false");
            CompletableFuture<WaveResult> wave =
                    CompletableFuture.supplyAsync(() -> scene.record("w", retryable(claimed, Duration.ZERO)));
            await().until(this::somebodyWaitsForALock);
            resuming.commit();
            resuming.setAutoCommit(true);

            assertThat(wave.get(20, TimeUnit.SECONDS).recorded()).hasSize(1);
        }
        assertThat(scene.counters(task).get("a").claimable()).isTrue();
        assertThat(names(scene.claim("w", 1, "a"))).containsExactly("a");
    }

    @Test
    void aRenewalTouchesNoIndex() throws SQLException {
        scene.create(template("a"));
        ClaimedStep claimed = scene.claim("w", 1, "a").getFirst();

        try (Connection renewing = scene.source().getConnection();
                Statement statement = renewing.createStatement()) {
            renewing.setAutoCommit(false);
            int before = stepUpdatesWithIndexEntries(statement);
            statement.execute("SELECT tasker.renew_leases('w', ARRAY["
                    + claimed.step().stepId().value() + "]::bigint[], ARRAY["
                    + claimed.claim().value() + "]::bigint[], interval '1 minute')");

            assertThat(stepUpdatesWithIndexEntries(statement)).isEqualTo(before);
            statement.execute("UPDATE tasker.workflow_steps SET state = 'complete', lease_owner = NULL");
            assertThat(stepUpdatesWithIndexEntries(statement)).isEqualTo(before + 1);
            renewing.rollback();
            renewing.setAutoCommit(true);
        }
    }

    /// Those of this session whose statistics have not been sent yet.
    private static int stepUpdatesWithIndexEntries(Statement statement) throws SQLException {
        try (ResultSet updates = statement.executeQuery(
                "SELECT pg_stat_get_xact_tuples_updated(steps) - pg_stat_get_xact_tuples_hot_updated(steps)"
                        + " FROM CAST('tasker.workflow_steps' AS regclass) AS steps")) {
            updates.next();
            return updates.getInt(1);
        }
    }

    @Test
    void stepsAreLockedInTheOrderOfTheirIdsWhateverTheOrderOfOutcomes() throws Exception {
        scene.create(template("a", "b"));
        List<ClaimedStep> claimed = scene.claim("w", 2, "a", "b");
        ClaimedStep lower = claimed.getFirst();
        ClaimedStep upper = claimed.getLast();
        assertThat(lower.step().stepId().value())
                .isLessThan(upper.step().stepId().value());

        try (Connection operator = scene.source().getConnection();
                Statement statement = operator.createStatement()) {
            operator.setAutoCommit(false);
            statement.execute(lock(lower));
            CompletableFuture<WaveResult> wave =
                    CompletableFuture.supplyAsync(() -> scene.record("w", success(upper), success(lower)));
            await().until(this::somebodyWaitsForALock);

            statement.execute(lock(upper) + " NOWAIT");

            operator.commit();
            operator.setAutoCommit(true);
            assertThat(wave.get(20, TimeUnit.SECONDS).recorded()).hasSize(2);
        }
    }

    private static String lock(ClaimedStep step) {
        return "SELECT FROM tasker.workflow_steps WHERE workflow_step_id = "
                + step.step().stepId().value() + " FOR UPDATE";
    }

    private boolean somebodyWaitsForALock() throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet waiting = statement.executeQuery("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND wait_event_type = 'Lock'")) {
            waiting.next();
            return waiting.getInt(1) > 0;
        }
    }

    @Test
    void aReleasedStepIsPendingAgainAndItsAttemptDoesNotCount() {
        TaskId task = scene.create(template("a|default_retry_limit: 1"));
        ClaimedStep claimed = scene.claim("w", 1, "a").getFirst();

        scene.record("w", release(claimed));

        assertThat(scene.step(task, "a").attempts()).isZero();
        assertThat(scene.claim("w2", 1, "a").getFirst().step().attempts()).isEqualTo(1);
    }

    @Test
    void underBestEffortReadyWorkGoesFirst() {
        TaskId task = scene.create(template("bad", "good"));
        List<ClaimedStep> claimed = scene.claim("w", 10, "bad", "good");

        assertThat(scene.record("w", permanent(claimed.get(0))).tasks())
                .singleElement()
                .isInstanceOf(TaskVerdict.Waiting.class);
        WaveResult last = scene.record("w", success(claimed.get(1)));

        assertThat(last.tasks()).singleElement().isInstanceOfSatisfying(TaskVerdict.Failed.class, verdict -> {
            assertThat(verdict.task()).isEqualTo(task);
            assertThat(verdict.blocked()).containsExactly(claimed.get(0).step().stepId());
            assertThat(verdict.outlook().failed()).isEqualTo(1);
        });
        assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
    }

    @Test
    void underFailFastABlockedStepEndsTheTaskAtOnceAndTheRestIsNotClaimed() {
        TaskId task = scene.create(template(Map.of("failure_policy", "fail_fast"), "bad", "good", "more"));
        List<ClaimedStep> claimed = scene.claim("w", 2, "bad", "good");

        WaveResult result = scene.record("w", permanent(claimed.get(0)));

        assertThat(result.tasks()).singleElement().isInstanceOf(TaskVerdict.Failed.class);
        assertThat(scene.claim("w", 10, "more")).isEmpty();
        assertThat(scene.step(task, "more").state()).isEqualTo(StepState.PENDING);
        // A late failure in a task that has ended must not make its step claimable again.
        scene.record("w", retryable(claimed.get(1), Duration.ZERO));
        scene.pass(Duration.ofSeconds(1));
        assertThat(scene.claim("w", 10, "good")).isEmpty();
        assertThat(scene.counters(task).values()).noneMatch(Scene.Counters::claimable);
    }

    @Test
    void higherPriorityAndThenEarlierTasksAreClaimedFirst() {
        TaskId first = scene.create(template("x|handler_class: same"));
        scene.pass(Duration.ofSeconds(1));
        scene.create(template("x|handler_class: same"));

        assertThat(scene.claim("w", 1, "same").getFirst().task().taskId()).isEqualTo(first);
    }

    @Test
    void theSlotsOfARuntimeAreSharedByItsHandlers() {
        scene.create(template("a", "b", "c", "d"));
        WaveResult result = new WaveStore(new Database(scene.source()))
                .advance(new dev.tasker.wave.WaveRequest(
                        List.of(),
                        new dev.tasker.identity.WorkerId("w"),
                        Map.of(
                                dev.tasker.identity.HandlerKey.parse("java:a").orElseThrow(), 2,
                                dev.tasker.identity.HandlerKey.parse("java:b").orElseThrow(), 2,
                                dev.tasker.identity.HandlerKey.parse("java:c").orElseThrow(), 2),
                        10,
                        Scene.LEASE,
                        java.util.Optional.empty()));

        assertThat(result.claimed()).hasSize(2);
    }

    @Test
    void theReadFunctionsTellWhereATaskStands() {
        TaskId task = scene.create(template("a", "b <- a"));
        ClaimedStep claimed = scene.claim("w", 1, "a").getFirst();
        scene.record("w", retryable(claimed, Duration.ofSeconds(30)));

        List<StepReadiness> steps = scene.readiness().steps(task);
        assertThat(steps).extracting(StepReadiness::name).containsExactly("a", "b");
        assertThat(steps.getFirst().retryEligible()).isTrue();
        assertThat(steps.getFirst().readyForExecution()).isFalse();
        assertThat(steps.getFirst().nextRetryAt()).isPresent();
        assertThat(scene.readiness().context(task).orElseThrow()).satisfies(context -> {
            assertThat(context.failedSteps()).isEqualTo(1);
            assertThat(context.executionStatus()).isEqualTo("waiting_for_dependencies");
            assertThat(context.healthStatus()).isEqualTo("recovering");
        });
        assertThat(scene.readiness().context(new TaskId(999_999))).isEmpty();
    }

    @Test
    void historyCannotBeRewritten() {
        scene.create(template("a|skippable: true"), Set.of("a"));

        for (String attack : List.of(
                "UPDATE tasker.workflow_step_transitions SET to_state = 'complete'",
                "DELETE FROM tasker.task_transitions",
                "TRUNCATE tasker.workflow_step_transitions")) {
            assertThatThrownBy(() -> scene.sql(attack)).hasMessageContaining("append-only");
        }
    }

    @Test
    void anEdgeThatClosesACycleIsRefused() throws Exception {
        TaskId task = scene.create(template("a", "b <- a", "c <- b"));
        String edge = "INSERT INTO tasker.workflow_step_edges (task_id, from_step_id, to_step_id) SELECT " + task
                + ", f.workflow_step_id, t.workflow_step_id FROM tasker.workflow_steps f, tasker.workflow_steps t"
                + " WHERE f.task_id = " + task + " AND t.task_id = " + task;

        assertThatThrownBy(() -> scene.sql(edge + " AND f.name = 'c' AND t.name = 'a'"))
                .hasMessageContaining("cycle");
        assertThatThrownBy(() -> scene.sql(edge + " AND f.name = 'a' AND t.name = 'b'"))
                .hasMessageContaining("edge_is_unique");
        scene.sql(edge + " AND f.name = 'a' AND t.name = 'c'");
    }

    @Test
    void thePartitionsOfTheMonthsToComeAreMadeOnce() throws Exception {
        new WorkerStore(new Database(scene.source())).preparePartitions();
        new WorkerStore(new Database(scene.source())).preparePartitions();

        TaskId task = scene.create(template("a"));
        scene.claim("w", 1, "a");
        scene.sql("DO $$ BEGIN IF (SELECT count(*) FROM tasker.task_transitions_2026_03) <> 1 THEN"
                + " RAISE 'not in its month'; END IF; END $$");
        assertThat(scene.trail(task, null)).hasSize(1);
    }

    private WaveResult looking(Map<HandlerKey, FirstWaiting> from, int limit, Outcome... outcomes) {
        return new WaveStore(new Database(scene.source()))
                .advance(new WaveRequest(
                        List.of(outcomes),
                        new WorkerId("w"),
                        Map.of(HANDLER, limit),
                        Map.of(),
                        limit,
                        Scene.LEASE,
                        Optional.empty(),
                        from));
    }

    private static TaskRequest priority(int number) {
        return TaskRequest.builder(Map.of()).priority(number).build();
    }
}
