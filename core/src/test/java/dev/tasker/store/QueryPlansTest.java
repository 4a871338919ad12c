package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.query.Cursor;
import dev.tasker.query.PageRequest;
import dev.tasker.query.StepQuery;
import dev.tasker.query.TaskQuery;
import dev.tasker.query.Tier;
import dev.tasker.query.TransitionQuery;
import dev.tasker.runtime.Workflows;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jooq.SQLDialect;
import org.jooq.conf.ParamType;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// On a database with much history every operational query uses an index, and reads few rows.
class QueryPlansTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Scene SCENE = new Scene(DATABASE);
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final int TASKS = 20_000;
    private static final long ARCHIVED_FROM = 1_000_000;
    private static final Instant END = START.plus(Duration.ofMinutes(TASKS));
    private static final PageRequest PAGE = PageRequest.first(50);
    private static final DSLContext CONTEXT = DSL.using(SCENE.source(), SQLDialect.POSTGRES);
    /// Of 20,000 tasks, 80,000 steps and 200,000 transitions.
    private static final long ROWS_READ_MAX = 4_000;

    @BeforeAll
    static void generate() throws SQLException {
        // The rows are made after their example.
        assertThat(SCENE.create(Workflows.template("a", "b <- a", "c <- b", "d <- c")))
                .isEqualTo(new TaskId(1));
        assertThat(SCENE.create(Workflows.template("seldom"))).isEqualTo(new TaskId(2));
        SCENE.sql("SELECT tasker.ensure_transition_partitions(2)");
        SCENE.sql(TASK_ROWS);
        SCENE.sql(STEP_ROWS);
        SCENE.sql(TASK_TRANSITION_ROWS);
        SCENE.sql(STEP_TRANSITION_ROWS);
        SCENE.sql("INSERT INTO tasker.annotation_types (name) VALUES ('note')");
        SCENE.sql("INSERT INTO tasker.task_annotations (task_id, annotation_type_id, annotation)"
                + " SELECT task_id, 1, jsonb_build_object('customer', task_id % 1000) FROM tasker.tasks");
        SCENE.sql("SELECT tasker.ensure_archive_partitions(ARRAY[1000000]::bigint[])");
        SCENE.sql(ARCHIVED_ROWS);
        SCENE.sql("VACUUM (ANALYZE)");
        SCENE.pass(Duration.ofMinutes(TASKS));
    }

    @AfterAll
    static void drop() {
        SCENE.close();
        DATABASE.close();
    }

    @TestFactory
    Stream<DynamicTest> aQueryForTasksReadsFewRows() {
        Map<String, TaskQuery.Builder> queries = new LinkedHashMap<>();
        queries.put("all", TaskQuery.builder());
        for (TaskState state : TaskState.values()) {
            queries.put("state " + state.key(), TaskQuery.builder().state(state));
        }
        queries.put("states", TaskQuery.builder().states(List.of(TaskState.ERROR, TaskState.PAUSED)));
        queries.put("error or complete", TaskQuery.builder().states(List.of(TaskState.ERROR, TaskState.COMPLETE)));
        queries.put("active", TaskQuery.builder().active());
        queries.put("annotation", TaskQuery.builder().annotation("note", "customer", "17"));
        queries.put("name", TaskQuery.builder().name(nameOf("seldom")));
        queries.put("namespace", TaskQuery.builder().namespace("default"));
        queries.put("common name", TaskQuery.builder().name(nameOf("b")));
        queries.put("version", TaskQuery.builder().version("9.9.9"));
        queries.put("created since", TaskQuery.builder().createdSince(END.minus(Duration.ofMinutes(30))));
        queries.put("completed since", TaskQuery.builder().completedSince(END.minus(Duration.ofMinutes(30))));
        queries.put("failed since", TaskQuery.builder().failedSince(END.minus(Duration.ofDays(1))));
        queries.put("tag", TaskQuery.builder().tags(List.of("rare")));
        queries.put("initiator", TaskQuery.builder().initiator("alice"));
        queries.put("unknown initiator", TaskQuery.builder().initiator("nobody"));
        queries.put("source system", TaskQuery.builder().sourceSystem("shop"));
        queries.put("correlation id", TaskQuery.builder().correlationId("correlation-11"));
        queries.put("own correlation id", TaskQuery.builder().correlationId("hash-12"));
        queries.put("parent correlation id", TaskQuery.builder().parentCorrelationId("parent-11"));
        queries.put("priority", TaskQuery.builder().priorityAtLeast(5));
        queries.put("low priority", TaskQuery.builder().priorityAtMost(-1));
        queries.put("priority range", TaskQuery.builder().priorityAtLeast(4).priorityAtMost(6));
        return queries.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> assertThatIsCheap(
                                page -> TaskQueryStore.select(
                                        CONTEXT, entry.getValue().build(), page),
                                new Cursor(Cursor.Kind.TASKS, TASKS / 2))));
    }

    @TestFactory
    Stream<DynamicTest> aPageOfATierReadsFewRows() {
        List<TaskQuery> queries = List.of(
                TaskQuery.all(),
                TaskQuery.builder().state(TaskState.ERROR).build(),
                TaskQuery.builder().state(TaskState.COMPLETE).build(),
                TaskQuery.builder().name(nameOf("seldom")).build(),
                TaskQuery.builder().initiator("alice").build(),
                TaskQuery.builder().initiator("nobody").build(),
                TaskQuery.builder().tags(List.of("rare")).build(),
                TaskQuery.builder().correlationId("hash-12").build(),
                TaskQuery.builder()
                        .completedSince(END.minus(Duration.ofMinutes(30)))
                        .build(),
                TaskQuery.builder().failedSince(END.minus(Duration.ofDays(1))).build(),
                TaskQuery.builder()
                        .createdSince(END.minus(Duration.ofMinutes(30)))
                        .build());
        List<Tier> tiers = List.of(
                new Tier.Active(),
                new Tier.Recent(Duration.ofDays(1)),
                new Tier.Recent(Duration.ofDays(90)),
                new Tier.Archived(),
                new Tier.Complete());
        return tiers.stream()
                .flatMap(tier -> TaskQueryStore.tables(tier).stream()
                        .flatMap(tables -> queries.stream()
                                .map(query -> DynamicTest.dynamicTest(
                                        tier + " of " + tables.tasks().getName() + ", " + query,
                                        () -> assertThatIsCheap(
                                                page -> TaskQueryStore.select(CONTEXT, tier, tables, query, page),
                                                new Cursor(Cursor.Kind.TASKS, start(tier, tables)))))));
    }

    /// A later page; of the recent tier one that still has rows of that time.
    private static long start(Tier tier, TaskTables tables) {
        long within = tier instanceof Tier.Recent ? TASKS - 100 : TASKS / 2;
        return within + (tables.equals(TaskTables.LIVE) ? 0 : ARCHIVED_FROM);
    }

    @TestFactory
    Stream<DynamicTest> aQueryForStepsReadsFewRows() {
        Map<String, StepQuery.Builder> queries = new LinkedHashMap<>();
        queries.put("all", StepQuery.builder());
        for (StepState state : StepState.values()) {
            queries.put("state " + state.key(), StepQuery.builder().states(state));
        }
        queries.put("completed", StepQuery.builder().completed());
        queries.put("pending or error", StepQuery.builder().states(StepState.PENDING, StepState.ERROR));
        queries.put("in progress or error", StepQuery.builder().states(StepState.IN_PROGRESS, StepState.ERROR));
        queries.put("unknown handler", StepQuery.builder().handler(new HandlerKey(HandlerRuntime.JAVA, "nobody")));
        queries.put("of a task", StepQuery.builder().task(new TaskId(777)));
        queries.put("completed since", StepQuery.builder().completedSince(END.minus(Duration.ofMinutes(30))));
        queries.put("failed since", StepQuery.builder().failedSince(END.minus(Duration.ofDays(1))));
        queries.put("of tasks since", StepQuery.builder().tasksSince(END.minus(Duration.ofMinutes(30))));
        queries.put("handler", StepQuery.builder().handler(new HandlerKey(HandlerRuntime.JAVA, "b")));
        queries.put("rare handler", StepQuery.builder().handler(new HandlerKey(HandlerRuntime.JAVA, "seldom")));
        return queries.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> assertThatIsCheap(
                                page -> StepQueryStore.select(
                                        CONTEXT, entry.getValue().build(), page),
                                new Cursor(Cursor.Kind.STEPS, TASKS * 2))));
    }

    @TestFactory
    Stream<DynamicTest> aQueryForTransitionsReadsFewRows() {
        Map<String, TransitionQuery.Builder> queries = new LinkedHashMap<>();
        queries.put("recent", TransitionQuery.builder());
        for (String state : List.of("in_progress", "complete", "error", "pending", "cancelled", "skipped")) {
            queries.put("to " + state, TransitionQuery.builder().toState(state));
        }
        queries.put("of tasks", TransitionQuery.builder().ofTasks());
        queries.put("of steps", TransitionQuery.builder().ofSteps());
        queries.put("of a task", TransitionQuery.builder().task(new TaskId(777)));
        queries.put("of a step", TransitionQuery.builder().step(new StepId(7_777)));
        queries.put("metadata key", TransitionQuery.builder().metadata("reason"));
        queries.put("unknown metadata key", TransitionQuery.builder().metadata("colour"));
        queries.put("metadata of every claim", TransitionQuery.builder().metadata("attempt"));
        queries.put("worker", TransitionQuery.builder().metadata("worker"));
        queries.put("metadata value", TransitionQuery.builder().metadata("reason", "lease_expired"));
        queries.put("since", TransitionQuery.builder().since(END.minus(Duration.ofMinutes(30))));
        queries.put(
                "time range long ago",
                TransitionQuery.builder().since(START.plusSeconds(3600)).until(START.plusSeconds(7200)));
        return queries.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> assertThatIsCheap(
                                page -> TransitionRows.select(
                                        CONTEXT, entry.getValue().build(), page),
                                new Cursor(Cursor.Kind.TRANSITIONS, TASKS * 5))));
    }

    @Test
    void aCountStopsAtItsBound() throws SQLException {
        assertThat(SCENE.queries().countTasks(TaskQuery.all())).hasToString("10,000+");
        assertThat(SCENE.queries()
                        .countTasks(TaskQuery.builder().initiator("alice").build())
                        .isAtLeast())
                .isFalse();
        assertThat(plan(TaskQueryStore.selectIds(
                                CONTEXT,
                                TaskQuery.builder().state(TaskState.ERROR).build(),
                                10_001))
                        .rowsRead())
                .isLessThan(ROWS_READ_MAX);
    }

    @Test
    void thePlanOfAFullScanIsRecognised() throws SQLException {
        QueryPlan plan = plan(CONTEXT.select(DSL.count())
                .from(dev.tasker.db.generated.Tables.TASKS)
                .where(dev.tasker.db.generated.Tables.TASKS.REASON.eq("x")));

        assertThat(plan.scansAll()).isTrue();
        assertThat(plan.rowsRead()).isGreaterThan(ROWS_READ_MAX);
    }

    private static void assertThatIsCheap(Function<PageRequest, Query> query, Cursor middle) throws SQLException {
        for (PageRequest page : List.of(PAGE, PageRequest.after(middle, 50))) {
            Query statement = query.apply(page);
            QueryPlan plan = plan(statement);
            assertThat(plan.scansAll()).as(plan.toString()).isFalse();
            assertThat(plan.rowsRead()).as(plan.toString()).isLessThan(ROWS_READ_MAX);
        }
    }

    private static QueryPlan plan(Query query) throws SQLException {
        try (Connection connection = SCENE.source().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("EXPLAIN (ANALYZE, FORMAT JSON) " + query.getSQL(ParamType.INLINED))) {
            rows.next();
            return new QueryPlan(query.getSQL(ParamType.INLINED), Json.read(rows.getString(1)));
        }
    }

    private static String nameOf(String step) {
        return SCENE
                .queries()
                .steps(
                        StepQuery.builder()
                                .handler(new HandlerKey(HandlerRuntime.JAVA, step))
                                .build(),
                        PageRequest.first(1))
                .rows()
                .stream()
                .map(found -> SCENE.task(found.task()).summary().name())
                .findFirst()
                .orElseThrow();
    }

    private static final String TASK_ROWS = """
            INSERT INTO tasker.tasks (named_task_id, state, context, identity_hash, initiator, source_system, tags,
                   correlation_id, parent_correlation_id, priority, requested_at, created_at, started_at, ended_at, total_steps)
            SELECT CASE WHEN i % 2000 = 3 THEN rare.named_task_id ELSE common.named_task_id END,
                   kind.state, '{}', 'hash-' || i,
                   CASE WHEN i % 2000 = 7 THEN 'alice' ELSE 'unknown' END,
                   CASE WHEN i % 2000 = 8 THEN 'shop' ELSE 'unknown' END,
                   CASE WHEN i % 2000 = 9 THEN '["rare"]'::jsonb ELSE '["usual"]' END,
                   CASE WHEN i % 2000 = 11 THEN 'correlation-' || i ELSE 'hash-' || i END,
                   CASE WHEN i % 2000 = 11 THEN 'parent-' || i END,
                   CASE WHEN i % 2000 = 13 THEN 5 WHEN i % 2000 = 14 THEN -5 ELSE 0 END,
                   moment.at, moment.at, moment.at,
                   CASE WHEN kind.state <> 'in_progress' THEN moment.at + interval '1 minute' END,
                   CASE WHEN i % 2000 = 3 THEN rare.total_steps ELSE common.total_steps END
              FROM generate_series(1, 20000) AS i
             CROSS JOIN LATERAL (SELECT timestamptz '2026-03-01 00:00+00' + i * interval '1 minute' AS at) AS moment
             CROSS JOIN LATERAL (SELECT CASE WHEN i % 400 = 0 THEN 'error' WHEN i % 1000 = 1 THEN 'in_progress'
                                             WHEN i % 1000 = 2 THEN 'cancelled' ELSE 'complete' END AS state) AS kind
             CROSS JOIN (SELECT named_task_id, total_steps FROM tasker.tasks WHERE task_id = 1) AS common
             CROSS JOIN (SELECT named_task_id, total_steps FROM tasker.tasks WHERE task_id = 2) AS rare
            """;

    /// The same tasks once more, in the archive and with ids above 1,000,000.
    private static final String ARCHIVED_ROWS = """
            INSERT INTO tasker.archived_tasks
            SELECT copy.*
              FROM tasker.tasks AS task
             CROSS JOIN LATERAL jsonb_populate_record(NULL::tasker.archived_tasks, to_jsonb(task) || jsonb_build_object(
                       'task_id', task.task_id + 1000000, 'archived_at', tasker.now())) AS copy
             WHERE task.ended_at IS NOT NULL
            """;

    private static final String STEP_ROWS = """
            INSERT INTO tasker.workflow_steps (task_id, named_step_id, named_tasks_named_step_id, name, handler_key, state,
                   claimable, unmet_dependencies, due_at, attempts, claim_id, lease_owner, lease_expires_at,
                   last_attempted_at, last_failure_at, ended_at, permanent_failure)
            SELECT task.task_id, template.named_step_id, template.named_tasks_named_step_id, template.position,
                   template.handler_key, kind.state, false, 0, task.created_at, 1, 1,
                   CASE WHEN kind.state = 'in_progress' THEN 'w' END,
                   CASE WHEN kind.state = 'in_progress' THEN task.created_at END,
                   task.created_at,
                   CASE WHEN kind.state = 'error' THEN task.created_at END,
                   CASE WHEN kind.state = 'complete' THEN task.created_at + interval '30 seconds' END,
                   kind.state = 'error'
              FROM tasker.tasks AS task
              JOIN tasker.named_tasks_named_steps AS template ON template.named_task_id = task.named_task_id
             CROSS JOIN LATERAL (SELECT CASE WHEN task.state = 'complete' OR template.position = 0 THEN 'complete'
                                             WHEN template.position > 1 THEN 'pending'
                                             ELSE task.state END AS state) AS kind
             WHERE task.task_id NOT IN (1, 2)
             ORDER BY task.task_id, template.position
            """;

    private static final String TASK_TRANSITION_ROWS = """
            INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata, created_at)
            SELECT task.task_id, move.from_state, move.to_state,
                   CASE WHEN move.to_state = 'error' THEN '{"reason": "steps_in_error_state"}'::jsonb
                        WHEN move.to_state = 'in_progress' THEN '{"worker": "w"}' ELSE '{}' END,
                   task.created_at
              FROM tasker.tasks AS task
             CROSS JOIN LATERAL (VALUES (1, 'pending', 'in_progress'), (2, 'in_progress', task.state))
                                AS move (ordinal, from_state, to_state)
             WHERE move.to_state NOT IN ('pending')
             ORDER BY task.created_at, task.task_id, move.ordinal
            """;

    private static final String STEP_TRANSITION_ROWS = """
            INSERT INTO tasker.workflow_step_transitions (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
            SELECT step.task_id, step.workflow_step_id, move.from_state, move.to_state,
                   jsonb_build_object('attempt', 1, 'claim_id', step.workflow_step_id, 'worker', 'w')
                   || CASE WHEN move.to_state = 'error' THEN '{"reason": "lease_expired"}'::jsonb ELSE '{}' END,
                   step.due_at
              FROM tasker.workflow_steps AS step
             CROSS JOIN LATERAL (VALUES (1, 'pending', 'in_progress'), (2, 'in_progress', step.state))
                                AS move (ordinal, from_state, to_state)
             WHERE step.state IN ('complete', 'error')
             ORDER BY step.due_at, step.workflow_step_id, move.ordinal
            """;
}
