package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.db.test.history.HistoryGenerator;
import dev.tasker.db.test.history.HistoryPlan;
import dev.tasker.db.test.history.HistoryTemplates;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateReference;
import dev.tasker.identity.WorkerId;
import dev.tasker.operation.Operator;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.StepOrder;
import dev.tasker.operation.TaskAction;
import dev.tasker.operation.TaskOrder;
import dev.tasker.query.PageRequest;
import dev.tasker.query.TaskQuery;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What engines, operators and dashboards ask does not scan the history, down to the statements inside routines.
class OperationalPlansTest {
    private static final int FINISHED = 15_000;
    private static final int ACTIVE = 150;
    private static final WorkerId WORKER = new WorkerId("w");
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final TaskId ENDED = new TaskId(777);
    private static final TaskId UNFINISHED = new TaskId(FINISHED + 17);
    private static final TaskId TO_BE_CANCELLED = new TaskId(FINISHED + 18);
    private static final Operator OPERATOR = new Operator("alice", "a test");

    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final ExplainedSource EXPLAINED = new ExplainedSource(DATABASE.dataSource());
    private static final Database STORES = new Database(EXPLAINED.source());

    @BeforeAll
    static void generate() throws SQLException {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("OperationalPlansTest seed: " + seed + " (repeat with -Dtasker.seed=" + seed + ")");
        HistoryGenerator.generate(
                DATABASE.dataSource(), HistoryPlan.of(seed, FINISHED, ACTIVE, Instant.now()), _ -> {});
        run("UPDATE tasker.tasks SET enqueuer = 'jobs', next_enqueue_at = tasker.now()"
                + " WHERE task_id IN (SELECT task_id FROM tasker.active_tasks ORDER BY task_id DESC LIMIT 9)");
        run("VACUUM (ANALYZE)");
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void aWaveReachesRowsByTheirKeys() throws Exception {
        List<ClaimedStep> claimed = new ArrayList<>();
        assertThatNothingIsScanned(() -> claimed.addAll(claim(40)));
        assertThat(claimed).hasSizeGreaterThan(10);

        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < claimed.size(); i++) {
            ClaimedStep step = claimed.get(i);
            outcomes.add(
                    switch (i % 4) {
                        case 0 -> Scene.success(step);
                        case 1 -> Scene.retryable(step, Duration.ofMinutes(1));
                        case 2 -> Scene.permanent(step);
                        default -> Scene.release(step);
                    });
        }
        WaveStore waves = new WaveStore(STORES);
        assertThatNothingIsScanned(() -> waves.advance(WaveRequest.recordOnly(outcomes, WORKER, LEASE)));
        assertThatNothingIsScanned(() -> waves.advance(
                WaveRequest.recordOnly(claim(20).stream().map(Scene::success).toList(), WORKER, LEASE)));
        ClaimedStep held = claim(1).getFirst();
        assertThatNothingIsScanned(
                () -> waves.renewLeases(WORKER, Map.of(held.claim(), held.step().stepId()), LEASE));
        assertThatNothingIsScanned(
                () -> new TaskStore(STORES).ancestors(held.step().stepId()));
    }

    @TestFactory
    Stream<DynamicTest> anEngineScansNothing() {
        WaveStore waves = new WaveStore(STORES);
        LoadStore load = new LoadStore(STORES, EXPLAINED.source());
        EnqueueStore queues = new EnqueueStore(STORES, Duration.ofMinutes(1));
        Map<String, ExplainedSource.Work> work = new LinkedHashMap<>();
        work.put(
                "expired leases",
                () -> assertThat(waves.expireLeases(100).steps()).isNotEmpty());
        work.put("deadlines", () -> {
            // Of tasks that live now: other tests may have ended some.
            run(
                    "UPDATE tasker.tasks SET deadline_after = interval '1 hour', deadline_at = tasker.now() - interval '1 minute'"
                            + " WHERE task_id IN (SELECT task_id FROM tasker.active_tasks ORDER BY task_id DESC LIMIT 3)");
            assertThat(waves.expireDeadlines(100)).hasSize(3);
        });
        work.put(
                "enqueue sweep",
                () -> assertThat(queues.take(Set.of("jobs"), 100)).isNotEmpty());
        work.put("held claims", () -> waves.heldClaims(WORKER));
        work.put(
                "unfinished tasks",
                () -> assertThat(load.unfinishedTasks(10_000)).isPositive());
        work.put("load", load::load);
        work.put("job outlook", () -> queues.outlook(UNFINISHED));
        work.put(
                "annotations that are due",
                () -> new AnnotationStore(STORES)
                        .due(Set.of(new HandlerKey(HandlerRuntime.JAVA, "hooks")), List.of(), 100));
        work.put("creation", OperationalPlansTest::create);
        work.put("subscriber", OperationalPlansTest::subscribe);
        return tests(work);
    }

    @TestFactory
    Stream<DynamicTest> whoLooksAtATaskScansNothing() {
        Queries queries = new Queries(STORES);
        ReadinessStore readiness = new ReadinessStore(STORES);
        Map<String, ExplainedSource.Work> work = new LinkedHashMap<>();
        for (TaskId task : List.of(ENDED, UNFINISHED)) {
            work.put(
                    "readiness " + task, () -> assertThat(readiness.steps(task)).isNotEmpty());
            work.put(
                    "context " + task, () -> assertThat(readiness.context(task)).isPresent());
            work.put("snapshot " + task, () -> new TaskStore(STORES).snapshot(task));
            work.put(
                    "summary " + task,
                    () -> assertThat(queries.workflowSummary(task)).isPresent());
            work.put("step statistics " + task, () -> queries.stepStatistics(task));
            work.put("transition statistics " + task, () -> queries.transitionStatistics(task));
            work.put("annotations " + task, () -> new AnnotationStore(STORES).list(task, 0, 50));
            work.put("why " + task, () -> readiness.whyWaits(lastStep(task)));
            work.put("single tier " + task, () -> rows("SELECT * FROM tasker.single_task(" + task.value() + ")"));
            work.put("steps " + task, () -> rows("SELECT * FROM tasker.task_steps WHERE task_id = " + task.value()));
            work.put("trail " + task, () -> rows("SELECT * FROM tasker.transitions WHERE task_id = " + task.value()));
        }
        work.put(
                "contexts of 50 tasks",
                () -> rows("SELECT * FROM tasker.get_task_execution_contexts_batch("
                        + "ARRAY(SELECT task_id FROM tasker.active_tasks ORDER BY task_id DESC LIMIT 50))"));
        // Of a month that is over: at the beginning of one, its partition holds little but the last hour.
        Instant hour = Instant.now().minus(Duration.ofDays(45));
        work.put(
                "transition statistics of an hour",
                () -> queries.transitionStatistics(hour, hour.plus(Duration.ofHours(1))));
        return tests(work);
    }

    @TestFactory
    Stream<DynamicTest> whoLooksAtAllTasksScansNothing() {
        Map<String, ExplainedSource.Work> work = new LinkedHashMap<>();
        for (String tier : List.of("active_tasks", "recent_tasks(30)", "recent_tasks(90)", "all_tasks")) {
            for (String filter : List.of(
                    "true",
                    "state = 'error'",
                    "state IN ('pending', 'in_progress')",
                    "initiator = 'alice'",
                    "source_system = 'shop'",
                    "tags @> '[\"rare\"]' AND tags <> '[]'",
                    "name = 'mixed'",
                    "priority > 3",
                    "created_at >= tasker.now() - interval '2 hours'")) {
                work.put(
                        tier + " where " + filter,
                        () -> rows("SELECT * FROM tasker." + tier + " WHERE " + filter
                                + " ORDER BY task_id DESC LIMIT 50"));
            }
        }
        work.put("health", () -> rows("SELECT * FROM tasker.get_system_health_counts()"));
        work.put("slowest tasks", () -> rows("SELECT * FROM tasker.get_slowest_tasks()"));
        work.put("slowest steps", () -> rows("SELECT * FROM tasker.get_slowest_steps()"));
        work.put("analytics of an hour", () -> rows("SELECT * FROM tasker.get_analytics_metrics()"));
        Queries queries = new Queries(STORES);
        work.put("list", () -> queries.tasks(TaskQuery.all(), PageRequest.first(50)));
        work.put("active list", () -> queries.tasks(TaskQuery.builder().active().build(), PageRequest.first(50)));
        work.put("count", () -> queries.countTasks(TaskQuery.all()));
        return tests(work);
    }

    @TestFactory
    Stream<DynamicTest> aListOfActiveTasksByWhoAskedForThemReadsThoseAlone() {
        return Stream.of("initiator = 'alice'", "source_system = 'shop'")
                .map(filter -> DynamicTest.dynamicTest(filter, () -> {
                    List<QueryPlan> plans = EXPLAINED.plansOf(() -> rows(
                            "SELECT * FROM tasker.active_tasks WHERE " + filter + " ORDER BY task_id DESC LIMIT 50"));

                    assertThat(plans).hasSize(1);
                    assertThat(plans.getFirst().rowsRead())
                            .as(plans.getFirst().toString())
                            .isBetween(1L, 50L);
                }));
    }

    @TestFactory
    Stream<DynamicTest> activeTasksAreCountedInTheirIndex() {
        return Stream.of(
                        "SELECT state, count(*) FROM tasker.active_tasks GROUP BY state",
                        "SELECT * FROM tasker.load_figures(100000)",
                        "SELECT tasker.count_unfinished_tasks(100000)")
                .map(sql -> DynamicTest.dynamicTest(sql, () -> {
                    List<QueryPlan> plans = EXPLAINED.plansOf(() -> rows(sql));

                    assertThat(plans).isNotEmpty();
                    assertThat(plans).noneMatch(plan -> plan.readsRowsOf("tasks"));
                }));
    }

    @TestFactory
    Stream<DynamicTest> anOperatorScansNothing() {
        OperationStore operations = new OperationStore(STORES);
        Map<String, ExplainedSource.Work> work = new LinkedHashMap<>();
        work.put(
                "pause",
                () -> operations.carryOut(new TaskOrder(
                        new TaskAction.Pause(),
                        List.of(UNFINISHED),
                        Set.of(TaskState.PENDING, TaskState.IN_PROGRESS),
                        OPERATOR)));
        work.put(
                "resume",
                () -> operations.carryOut(new TaskOrder(
                        new TaskAction.Resume(), List.of(UNFINISHED), Set.of(TaskState.PAUSED), OPERATOR)));
        work.put(
                "cancel",
                () -> operations.carryOut(new TaskOrder(
                        new TaskAction.Cancel(),
                        List.of(TO_BE_CANCELLED),
                        Set.of(TaskState.PENDING, TaskState.IN_PROGRESS),
                        OPERATOR)));
        work.put(
                "skip",
                () -> operations.carryOut(new StepOrder(
                        new StepAction.Skip(), lastStep(UNFINISHED), Set.of(StepState.PENDING), OPERATOR)));
        work.put(
                "archive outlook",
                () -> rows("SELECT * FROM tasker.archive_outlook(tasker.now() - interval '90 days')"));
        work.put(
                "archive batch",
                () -> rows("SELECT * FROM tasker.archive_tasks(tasker.now() - interval '90 days', 100)"));
        work.put(
                "second archive batch",
                () -> rows("SELECT * FROM tasker.archive_tasks(tasker.now() - interval '90 days', 100)"));
        return tests(work);
    }

    private static Stream<DynamicTest> tests(Map<String, ExplainedSource.Work> work) {
        return work.entrySet().stream()
                .map(entry ->
                        DynamicTest.dynamicTest(entry.getKey(), () -> assertThatNothingIsScanned(entry.getValue())));
    }

    private static void assertThatNothingIsScanned(ExplainedSource.Work work) throws Exception {
        List<QueryPlan> plans = EXPLAINED.plansOf(work);
        assertThat(plans).isNotEmpty();
        for (QueryPlan plan : plans) {
            assertThat(plan.scansAll()).as(plan.toString()).isFalse();
        }
    }

    private static List<ClaimedStep> claim(int limit) {
        Map<HandlerKey, Integer> slots = new LinkedHashMap<>();
        HistoryTemplates.handlerClasses().forEach(name -> slots.put(new HandlerKey(HandlerRuntime.JAVA, name), limit));
        return new WaveStore(STORES)
                .advance(new WaveRequest(List.of(), WORKER, slots, limit, LEASE, Optional.empty()))
                .claimed();
    }

    private static void create() {
        RegisteredTemplate template = new TemplateStore(STORES)
                .find(new TemplateReference(HistoryTemplates.NAMESPACE, "mixed", Optional.empty()));
        new TaskCreation(new TaskStore(STORES))
                .create(template, TaskRequest.builder(Map.of("order_id", 1)).build());
    }

    private static void subscribe() {
        EventSubscriberStore subscribers = new EventSubscriberStore(STORES);
        subscribers.register("test", List.of("*"), false);
        assertThat(subscribers.lease("test", "w", LEASE)).isTrue();
        subscribers.read("test", "w", 100);
        subscribers.remove("test");
    }

    private static StepId lastStep(TaskId task) throws SQLException {
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT max(workflow_step_id) FROM tasker.workflow_steps WHERE task_id = " + task.value())) {
            rows.next();
            return new StepId(rows.getLong(1));
        }
    }

    private static void rows(String sql) throws SQLException {
        try (Connection connection = EXPLAINED.source().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void run(String sql) throws SQLException {
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
