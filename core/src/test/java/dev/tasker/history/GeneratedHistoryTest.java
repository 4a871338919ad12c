package dev.tasker.history;

import static dev.tasker.runtime.Workflows.handler;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.db.test.history.HistoryGenerator;
import dev.tasker.db.test.history.HistoryPlan;
import dev.tasker.db.test.history.HistoryTemplates;
import dev.tasker.identity.TaskId;
import dev.tasker.query.PageRequest;
import dev.tasker.query.TaskQuery;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.store.Database;
import dev.tasker.store.Queries;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// A generated history is one that engines could have written, and that they can go on with.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GeneratedHistoryTest {
    private static final int FINISHED = 500;
    private static final int ACTIVE = 100;
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final HikariDataSource POOL = pool();
    private static final DSLContext DSL_CONTEXT = DSL.using(POOL, SQLDialect.POSTGRES);

    @BeforeAll
    static void generate() {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("GeneratedHistoryTest seed: " + seed + " (repeat with -Dtasker.seed=" + seed + ")");
        HistoryGenerator.generate(POOL, HistoryPlan.of(seed, FINISHED, ACTIVE, Instant.now()), _ -> {});
    }

    @AfterAll
    static void drop() {
        POOL.close();
        DATABASE.close();
    }

    @Test
    @Order(1)
    void itIsAsLargeAndAsMixedAsItWasOrdered() {
        Map<String, Integer> states = DSL_CONTEXT
                .fetch("SELECT state, count(*)::integer AS tasks FROM tasker.tasks GROUP BY state")
                .intoMap(row -> row.get("state", String.class), row -> row.get("tasks", Integer.class));

        assertThat(states.get("pending") + states.get("in_progress")).isEqualTo(ACTIVE);
        assertThat(states.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(FINISHED + ACTIVE);
        assertThat(states.get("complete")).isGreaterThan(FINISHED * 8 / 10);
        assertThat(states).containsKeys("error", "cancelled");
        assertThat(number("SELECT count(*) FROM tasker.task_steps WHERE next_retry_at IS NOT NULL"))
                .isPositive();
        assertThat(number("SELECT count(*) FROM tasker.task_transitions_default"))
                .isZero();
        assertThat(number("SELECT count(*) FROM tasker.workflow_step_transitions_default"))
                .isZero();
        assertThat(number("SELECT count(DISTINCT tableoid) FROM tasker.task_transitions"))
                .isGreaterThan(5);
    }

    @Test
    @Order(2)
    void theCheckerFindsNothingWrong() {
        assertThat(HistoryChecker.check(HistoryReader.read(POOL))).isEmpty();
    }

    @Test
    @Order(3)
    void theReadFunctionsAgreeWithTheCounters() {
        assertNothingDisagrees();
        assertThat(number("SELECT count(*) FROM tasker.get_step_readiness_status_batch(ARRAY("
                        + "SELECT task_id FROM tasker.tasks)) WHERE ready_for_execution"))
                .isPositive();
    }

    @Test
    @Order(4)
    void anEngineGoesOnWithTheActiveTasks() throws InterruptedException {
        TaskerConfig config = TaskerConfig.defaults().withPollInterval(Duration.ofMillis(100));
        try (Tasker engine = Tasker.open(POOL, config, List.of())) {
            List<TaskId> active = new Queries(new Database(POOL))
                    .tasks(TaskQuery.builder().active().build(), PageRequest.first(ACTIVE)).rows().stream()
                            .map(summary -> summary.id())
                            .toList();
            assertThat(active).hasSize(ACTIVE);
            HistoryTemplates.handlerClasses()
                    .forEach(name -> engine.register(name, handler((task, sequence, step) -> Map.of("ok", true))));
            engine.start();
            for (TaskId task : active) {
                assertThat(engine.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            }
        }
        assertThat(HistoryChecker.check(HistoryReader.read(POOL))).isEmpty();
        assertNothingDisagrees();
    }

    private static void assertNothingDisagrees() {
        assertThat(DSL_CONTEXT.fetch(DISAGREEMENTS)).isEmpty();
        assertThat(DSL_CONTEXT.fetch(WRONG_CONTEXTS)).isEmpty();
    }

    private static long number(String sql) {
        return DSL_CONTEXT.fetchSingle(sql).get(0, Long.class);
    }

    private static HikariDataSource pool() {
        HikariConfig settings = new HikariConfig();
        settings.setDataSource(DATABASE.dataSource());
        settings.setMaximumPoolSize(10);
        return new HikariDataSource(settings);
    }

    /// Steps whose row says something else than the functions.
    private static final String DISAGREEMENTS = """
            SELECT step.workflow_step_id, step.name, step.state, step.unmet_dependencies, step.claimable, readiness.*
              FROM tasker.get_step_readiness_status_batch(ARRAY(SELECT task_id FROM tasker.tasks)) AS readiness
              JOIN tasker.workflow_steps AS step ON step.workflow_step_id = readiness.workflow_step_id
              JOIN tasker.tasks AS task ON task.task_id = step.task_id
             WHERE step.unmet_dependencies <> readiness.total_parents - readiness.completed_parents
                OR step.claimable <> (tasker.task_is_live(task.state) AND step.state IN ('pending', 'error')
                                      AND readiness.dependencies_satisfied AND readiness.retry_eligible)
                OR readiness.ready_for_execution <> (step.claimable AND step.due_at <= tasker.now())
                OR (step.held AND tasker.task_is_live(task.state))
                OR (step.state IN ('pending', 'in_progress', 'error') AND NOT step.held
                    AND NOT tasker.task_is_live(task.state))
            """;

    private static final String WRONG_CONTEXTS = """
            SELECT context.*
              FROM tasker.get_task_execution_contexts_batch(ARRAY(SELECT task_id FROM tasker.tasks)) AS context
              JOIN (
                  SELECT step.task_id,
                         count(*) AS total,
                         count(*) FILTER (WHERE step.claimable AND step.due_at <= tasker.now()) AS ready,
                         count(*) FILTER (WHERE tasker.dependency_is_satisfied(step.state)) AS completed
                    FROM tasker.workflow_steps AS step
                   GROUP BY step.task_id
              ) AS counted ON counted.task_id = context.task_id
             WHERE (context.total_steps, context.ready_steps, context.completed_steps)
                   IS DISTINCT FROM (counted.total, counted.ready, counted.completed)
            """;
}
