package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.archive.ArchiveOutlook;
import dev.tasker.archive.ArchivePlan;
import dev.tasker.archive.ArchivePosition;
import dev.tasker.archive.ArchiveResult;
import dev.tasker.archive.Archiver;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ContentRefusedException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.TaskerException;
import dev.tasker.identity.TaskId;
import dev.tasker.query.Page;
import dev.tasker.query.PageRequest;
import dev.tasker.query.TaskQuery;
import dev.tasker.query.Tier;
import dev.tasker.readiness.WorkflowSummary;
import dev.tasker.runtime.Workflows;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.Summary;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ArchiveTest {
    private static final List<String> TABLES = List.of(
            "tasks",
            "task_annotations",
            "workflow_steps",
            "workflow_step_edges",
            "task_transitions",
            "workflow_step_transitions");
    private static final Set<TaskState> ENDED =
            Set.of(TaskState.COMPLETE, TaskState.CANCELLED, TaskState.RESOLVED_MANUALLY);
    private static final int TASKS = 120;

    private TestDatabase database;
    private Scene scene;
    private Archiver archiver;

    @BeforeEach
    void open() {
        database = TestDatabase.create();
        scene = new Scene(database);
        archiver = new Archiver(new ArchiveStore(new Database(scene.source())), _ -> {});
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void whatEndedBeforeTheRetentionDateIsMovedAndShownAsBefore() throws Exception {
        List<TaskId> tasks = RandomHistory.seeded(scene, "ArchiveTest").make(TASKS);
        Map<TaskId, TaskSnapshot> before = snapshots(tasks);
        Map<TaskId, WorkflowSummary> summaries = summaries(tasks);
        Map<String, Long> rows = rows("");
        ArchivePlan plan = plan(middle(before)).withBatchTasks(7);
        ArchiveOutlook outlook = archiver.outlook(plan);

        ArchiveResult result = archiver.run(plan, _ -> {});

        Map<TaskId, TaskSnapshot> after = snapshots(tasks);
        assertThat(summaries(tasks)).isEqualTo(summaries);
        for (TaskId task : tasks) {
            TaskSnapshot now = after.get(task);
            boolean isMeant = isMeant(before.get(task), plan.before(), ENDED);
            assertThat(now.summary().archivedAt().isPresent())
                    .as("task " + task)
                    .isEqualTo(isMeant);
            assertThat(asLive(now)).isEqualTo(before.get(task));
        }
        long moved = after.values().stream().filter(ArchiveTest::isArchived).count();
        assertThat(moved).isPositive().isLessThan(TASKS);
        assertThat(result.moved().tasks()).isEqualTo(moved);
        assertThat(outlook.tasks(false) - result.left()).isEqualTo(moved);
        Map<String, Long> archived = rows("archived_");
        rows("").forEach((table, live) -> assertThat(live + archived.get(table)).isEqualTo(rows.get(table)));
        assertThat(archived.get("tasks")).isEqualTo(moved);
        assertThat(archiver.run(plan, _ -> {}).moved().tasks()).isZero();
    }

    @Test
    void tasksInErrorAreMovedWhenAskedFor() throws Exception {
        List<TaskId> tasks = RandomHistory.seeded(scene, "ArchiveTest").make(TASKS);
        Map<TaskId, TaskSnapshot> before = snapshots(tasks);
        Map<TaskId, WorkflowSummary> summaries = summaries(tasks);
        ArchivePlan plan = plan(scene.now()).withErrors(true);

        archiver.run(plan, _ -> {});

        Map<TaskId, TaskSnapshot> after = snapshots(tasks);
        Set<TaskState> ends =
                Set.of(TaskState.COMPLETE, TaskState.CANCELLED, TaskState.RESOLVED_MANUALLY, TaskState.ERROR);
        for (TaskId task : tasks) {
            assertThat(isArchived(after.get(task))).isEqualTo(isMeant(before.get(task), plan.before(), ends));
        }
        assertThat(summaries(tasks)).isEqualTo(summaries);
    }

    @Test
    void everyTierShowsItsTasks() throws Exception {
        List<TaskId> tasks = RandomHistory.seeded(scene, "ArchiveTest").make(TASKS);
        archiver.run(plan(middle(snapshots(tasks))), _ -> {});
        Map<TaskId, TaskSnapshot> all = snapshots(tasks);
        Duration recent = Duration.ofHours(6);
        Instant since = scene.now().minus(recent);

        assertTier(new Tier.Complete(), all, _ -> true);
        assertTier(new Tier.Live(), all, task -> !isArchived(task));
        assertTier(new Tier.Archived(), all, ArchiveTest::isArchived);
        assertTier(new Tier.Active(), all, task -> !task.summary().state().isTerminal());
        assertTier(
                new Tier.Recent(recent),
                all,
                task -> task.summary()
                        .endedAt()
                        .map(end -> !end.isBefore(since))
                        .orElse(true));
        assertThat(count("SELECT count(*) FROM tasker.all_tasks")).isEqualTo(TASKS);
        assertThat(count("SELECT count(*) FROM tasker.active_tasks"))
                .isEqualTo(scene.queries()
                        .tasks(new Tier.Active(), TaskQuery.all(), PageRequest.first(1_000))
                        .rows()
                        .size());
        assertThat(count("SELECT count(*) FROM tasker.single_task(" + tasks.getFirst() + ")"))
                .isEqualTo(1);
    }

    @Test
    void twoArchiversAtOnceMoveEachTaskOnce() throws Exception {
        List<TaskId> tasks = RandomHistory.seeded(scene, "ArchiveTest").make(TASKS);
        ArchivePlan plan = plan(scene.now()).withBatchTasks(3);
        long meant = snapshots(tasks).values().stream()
                .filter(task -> isMeant(task, plan.before(), ENDED))
                .count();
        Map<String, Long> rows = rows("");

        List<ArchiveResult> results = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            Callable<ArchiveResult> run = () -> archiver.run(plan, _ -> {});
            for (Future<ArchiveResult> future : pool.invokeAll(List.of(run, run))) {
                results.add(future.get());
            }
        }
        results.add(archiver.run(plan, _ -> {}));

        assertThat(results.stream().mapToLong(result -> result.moved().tasks()).sum())
                .isEqualTo(meant);
        Map<String, Long> archived = rows("archived_");
        rows("").forEach((table, live) -> assertThat(live + archived.get(table)).isEqualTo(rows.get(table)));
        assertThat(count("SELECT sum(tasks) FROM tasker.archived_task_totals")).isEqualTo(meant);
    }

    @Test
    void aTaskThatAnOperatorHoldsStaysForALaterRun() throws Exception {
        TaskId held = complete();
        TaskId free = complete();
        scene.pass(Duration.ofDays(1));
        ArchivePlan plan = plan(scene.now());

        try (Connection operator = scene.source().getConnection()) {
            operator.setAutoCommit(false);
            try (Statement statement = operator.createStatement()) {
                statement.execute("SELECT tasker.lock_tasks(ARRAY[" + held + "]::bigint[])");
            }
            ArchiveResult result = archiver.run(plan, _ -> {});
            operator.rollback();

            assertThat(result.moved().tasks()).isEqualTo(1);
            assertThat(result.left()).isEqualTo(1);
        }

        assertThat(isArchived(scene.task(held))).isFalse();
        assertThat(isArchived(scene.task(free))).isTrue();
        assertThat(archiver.run(plan, _ -> {}).moved().tasks()).isEqualTo(1);
    }

    @Test
    void aTaskStaysUntilItsTaskHandlerWasAsked() throws Exception {
        TaskId task = complete();
        scene.sql("UPDATE tasker.tasks SET annotations_due = true, task_handler_key = 'java:Hook'");
        scene.pass(Duration.ofDays(1));

        assertThat(archiver.outlook(plan(scene.now())).hookDueTasks()).isEqualTo(1);
        assertThat(archiver.run(plan(scene.now()), _ -> {}).left()).isEqualTo(1);

        scene.sql("UPDATE tasker.tasks SET annotations_due = false");
        archiver.run(plan(scene.now()), _ -> {});
        assertThat(isArchived(scene.task(task))).isTrue();
    }

    @Test
    void aTaskStaysUntilEveryDurableSubscriberHasHadItsTransitions() throws Exception {
        new EventSubscriberStore(new Database(scene.source())).register("audit", List.of("*"), true);
        TaskId task = complete();
        scene.pass(Duration.ofDays(1));

        assertThat(archiver.outlook(plan(scene.now())).lateSubscribers()).containsExactly("audit");
        assertThat(archiver.run(plan(scene.now()), _ -> {}).left()).isEqualTo(1);

        scene.sql("UPDATE tasker.event_subscribers SET position_transaction_id = tasker.event_horizon()");
        assertThat(archiver.outlook(plan(scene.now())).lateSubscribers()).isEmpty();
        archiver.run(plan(scene.now()), _ -> {});
        assertThat(isArchived(scene.task(task))).isTrue();
    }

    @Test
    void aRetentionThatMakesNoSenseIsRefused() throws Exception {
        complete();

        assertRefused(() -> archiver.planOlderThan(Duration.ofDays(-5)));
        assertRefused(() -> archiver.planOlderThan(Duration.ZERO));
        assertRefused(() -> archiver.planOlderThan(Duration.ofSeconds(Long.MAX_VALUE)));
        assertRefused(() -> archiver.planEndedBefore(scene.now()));
        assertRefused(() -> archiver.planEndedBefore(scene.now().plusSeconds(1)));
        ArchivePlan future = new ArchivePlan(scene.now().plusSeconds(1), false, 10, 20);
        assertThatThrownBy(() -> new ArchiveStore(new Database(scene.source())).move(future, ArchivePosition.START))
                .isInstanceOf(ContentRefusedException.class)
                .hasMessageContaining("is in the future");
        assertThat(rows("archived_").get("tasks")).isZero();
    }

    @Test
    void aBatchOrALoadThatCannotBeIsRefused() {
        ArchivePlan plan = plan(scene.now());
        assertThatThrownBy(() -> plan.withBatchTasks(0))
                .isInstanceOfSatisfying(
                        TaskerException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.ARCHIVE_PLAN_INVALID));
        assertThatThrownBy(() -> plan.withLoadPercent(101)).hasMessageContaining("1 to 100 percent");
    }

    @Test
    void historyIsDeletedByArchivingAlone() throws Exception {
        TaskId archived = complete();
        scene.pass(Duration.ofDays(1));
        archiver.run(plan(scene.now()), _ -> {});
        complete();

        for (String table : List.of("task_transitions", "workflow_step_transitions")) {
            for (String prefix : List.of("", "archived_")) {
                assertThatThrownBy(() -> scene.sql("DELETE FROM tasker." + prefix + table))
                        .hasMessageContaining("append-only");
                assertThatThrownBy(() -> scene.sql("UPDATE tasker." + prefix + table + " SET to_state = 'error'"))
                        .hasMessageContaining("append-only");
                assertThatThrownBy(() -> scene.sql("TRUNCATE tasker." + prefix + table))
                        .hasMessageContaining("append-only");
            }
        }
        assertThat(scene.task(archived).transitions()).isNotEmpty();
    }

    @Test
    void anIdentityIsFreeAgainOnceItsTaskIsArchived() throws Exception {
        TaskId task = complete();
        scene.pass(Duration.ofDays(1));
        archiver.run(plan(scene.now()), _ -> {});

        scene.sql(
                "INSERT INTO tasker.tasks (named_task_id, context, identity_hash, correlation_id, total_steps)"
                        + " SELECT named_task_id, context, identity_hash, correlation_id, total_steps FROM tasker.archived_tasks");

        assertThat(isArchived(scene.task(task))).isTrue();
        assertThat(rows("").get("tasks")).isEqualTo(1);
    }

    @Test
    void emptyMonthsAreDroppedAndOthersStay() throws Exception {
        scene.sql("SELECT tasker.ensure_transition_partitions(1)");
        complete();
        scene.pass(Duration.ofDays(70));
        TaskId unfinished = scene.create(Workflows.template("a"));
        scene.claim("w", 1, "a");
        scene.pass(Duration.ofDays(40));

        ArchiveResult result = archiver.run(plan(scene.now()), _ -> {});

        assertThat(result.moved().tasks()).isEqualTo(1);
        assertThat(result.droppedPartitions())
                .containsExactlyInAnyOrder(
                        "task_transitions_2026_03",
                        "task_transitions_2026_04",
                        "workflow_step_transitions_2026_03",
                        "workflow_step_transitions_2026_04");
        assertThat(scene.task(unfinished).transitions()).hasSize(2);
    }

    @Test
    void everyColumnOfALiveTableIsInItsArchive() throws Exception {
        for (String table : TABLES) {
            assertThat(columns("archived_" + table)).as(table).containsAll(columns(table));
        }
    }

    @Test
    void aRunRestsBetweenItsBatches() throws Exception {
        for (int i = 0; i < 5; i++) {
            complete();
        }
        scene.pass(Duration.ofDays(1));
        List<Duration> pauses = new ArrayList<>();
        List<ArchiveResult> progress = new ArrayList<>();
        ArchivePlan plan = plan(scene.now()).withBatchTasks(2);

        new Archiver(new ArchiveStore(new Database(scene.source())), pauses::add).run(plan, progress::add);

        assertThat(progress).extracting(result -> result.moved().tasks()).containsExactly(2L, 4L, 5L);
        Duration worked = progress.get(1).working();
        assertThat(pauses.stream().reduce(Duration.ZERO, Duration::plus)).isEqualTo(worked.multipliedBy(4));
    }

    private ArchivePlan plan(Instant before) {
        return new ArchivePlan(before, false, ArchivePlan.BATCH_TASKS_DEFAULT, ArchivePlan.LOAD_PERCENT_DEFAULT);
    }

    private TaskId complete() {
        TaskId task = scene.create(Workflows.template("a"));
        scene.record("w", Scene.success(scene.claim("w", 1, "a").getFirst()));
        return task;
    }

    private void assertTier(Tier tier, Map<TaskId, TaskSnapshot> all, Predicate<TaskSnapshot> isIn) {
        List<Long> shown = new ArrayList<>();
        PageRequest request = PageRequest.first(7);
        while (true) {
            Page<Summary> page = scene.queries().tasks(tier, TaskQuery.all(), request);
            page.rows().forEach(task -> shown.add(task.id().value()));
            if (page.next().isEmpty()) {
                break;
            }
            request = PageRequest.after(page.next().get(), 7);
        }
        assertThat(shown)
                .as(tier.toString())
                .containsExactlyElementsOf(all.values().stream()
                        .filter(isIn)
                        .map(task -> task.summary().id().value())
                        .sorted(Comparator.reverseOrder())
                        .toList());
    }

    private static void assertRefused(Callable<?> call) {
        assertThatThrownBy(call::call)
                .isInstanceOfSatisfying(
                        TaskerException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.RETENTION_INVALID));
    }

    private static boolean isMeant(TaskSnapshot task, Instant before, Set<TaskState> ends) {
        return ends.contains(task.summary().state())
                && task.summary().endedAt().orElseThrow().isBefore(before)
                && task.steps().stream().noneMatch(step -> step.state() == StepState.IN_PROGRESS);
    }

    private static boolean isArchived(TaskSnapshot task) {
        return task.summary().archivedAt().isPresent();
    }

    private static Instant middle(Map<TaskId, TaskSnapshot> tasks) {
        List<Instant> ends = tasks.values().stream()
                .flatMap(task -> task.summary().endedAt().stream())
                .sorted()
                .toList();
        return ends.get(ends.size() / 2);
    }

    private static TaskSnapshot asLive(TaskSnapshot task) {
        Summary summary = task.summary();
        return new TaskSnapshot(
                new Summary(
                        summary.id(),
                        summary.namespace(),
                        summary.name(),
                        summary.version(),
                        summary.state(),
                        summary.initiator(),
                        summary.sourceSystem(),
                        summary.reason(),
                        summary.tags(),
                        summary.requestedAt(),
                        summary.startedAt(),
                        summary.endedAt(),
                        Optional.empty()),
                task.details(),
                task.context(),
                task.steps(),
                task.transitions());
    }

    private Map<TaskId, TaskSnapshot> snapshots(List<TaskId> tasks) {
        Map<TaskId, TaskSnapshot> snapshots = new LinkedHashMap<>();
        tasks.forEach(task -> snapshots.put(task, scene.task(task)));
        return snapshots;
    }

    private Map<TaskId, WorkflowSummary> summaries(List<TaskId> tasks) {
        Map<TaskId, WorkflowSummary> summaries = new LinkedHashMap<>();
        tasks.forEach(task ->
                summaries.put(task, scene.queries().workflowSummary(task).orElseThrow()));
        return summaries;
    }

    private Map<String, Long> rows(String prefix) throws SQLException {
        Map<String, Long> rows = new LinkedHashMap<>();
        for (String table : TABLES) {
            rows.put(table, count("SELECT count(*) FROM tasker." + prefix + table));
        }
        return rows;
    }

    private List<String> columns(String table) throws SQLException {
        return texts(
                "SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'tasker."
                        + table + "'::regclass AND attnum > 0 AND NOT attisdropped");
    }

    private long count(String query) throws SQLException {
        return Long.parseLong(texts(query).getFirst());
    }

    private List<String> texts(String query) throws SQLException {
        try (Connection connection = scene.source().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }
}
