package dev.tasker.benchmarks.history;

import dev.tasker.db.test.history.HistoryTemplates;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.WorkerId;
import dev.tasker.query.PageRequest;
import dev.tasker.query.TaskQuery;
import dev.tasker.store.Queries;
import dev.tasker.store.WaveStore;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All that is promised of queries beside a long history.
final class QueryFigures {
    private static final double TIER_1_MILLIS = 20;
    private static final double TIER_1_RATIO = 1.2;
    private static final double PAGE_MILLIS = 200;
    private static final double AGGREGATE_MILLIS = 5_000;
    private static final int CLAIMS = 20;
    private static final int CONTEXTS_QUICK_MAX = 5_000;
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final WorkerId WORKER = new WorkerId("history-benchmark");

    /// What people ask for beside the tier itself.
    private static final Map<String, String> FILTERS = filters("error");

    private static final Map<String, String> ACTIVE_FILTERS = filters("pending");

    private final int finished;
    private final List<Figure> figures = new ArrayList<>();

    private QueryFigures(int finished) {
        this.finished = finished;
    }

    /// @param finished the size of the history; contexts are asked for up to as many tasks
    static List<Figure> of(int finished) {
        QueryFigures all = new QueryFigures(finished);
        all.oneTask();
        all.contexts();
        all.activeWork();
        all.engine();
        all.pages();
        all.aggregates();
        return List.copyOf(all.figures);
    }

    private void oneTask() {
        String group = "one task";
        String readiness = "SELECT * FROM tasker.get_step_readiness_status(?)";
        String context = "SELECT * FROM tasker.get_task_execution_context(?)";
        figures.add(Figure.below(group, "get_step_readiness_status, finished task", 1, ofMiddle(readiness)));
        figures.add(Figure.below(group, "get_step_readiness_status, active task", 1, ofStarted(readiness)));
        figures.add(Figure.below(group, "get_task_execution_context, finished task", 1, ofMiddle(context)));
        figures.add(Figure.below(group, "get_task_execution_context, active task", 1, ofStarted(context)));
    }

    private Figure.Work ofMiddle(String sql) {
        return side -> side.read(sql, (long) finished / 2);
    }

    private static Figure.Work ofStarted(String sql) {
        return side -> side.read(sql, side.startedTask());
    }

    private void contexts() {
        Map<Integer, Double> limits = new LinkedHashMap<>();
        limits.put(50, 5.0);
        limits.put(500, 15.0);
        limits.put(5_000, 100.0);
        limits.put(50_000, 1_000.0);
        limits.put(1_000_000, 5_000.0);
        String sql = "SELECT * FROM tasker.get_task_execution_contexts_batch(?)";
        limits.forEach((tasks, limit) -> {
            if (tasks <= finished) {
                contexts(tasks, "spread over all", limit, side -> side.read(sql, (Object) side.spreadTasks(tasks)));
            }
            // The newest ones are active, as far as there are so many.
            if (tasks < finished) {
                contexts(tasks, "the newest", limit, side -> side.read(sql, (Object) side.newestTasks(tasks)));
            }
        });
    }

    private void contexts(int tasks, String which, double limit, Figure.Work work) {
        String name = "contexts of %,d tasks, %s".formatted(tasks, which);
        figures.add(
                tasks > CONTEXTS_QUICK_MAX
                        ? Figure.slow("contexts", name, limit, work)
                        : Figure.below("contexts", name, limit, work));
    }

    private void activeWork() {
        ACTIVE_FILTERS.forEach((name, condition) -> tier1(
                "first page, " + name,
                side -> side.read(
                        "SELECT * FROM tasker.active_tasks WHERE " + condition + " ORDER BY task_id DESC LIMIT 50")));
        tier1("count by state", side -> side.read("SELECT state, count(*) FROM tasker.active_tasks GROUP BY state"));
        tier1(
                "list of tasks that an engine can go on with",
                side -> new Queries(side.database())
                        .tasks(TaskQuery.builder().active().build(), PageRequest.first(50)));
        tier1(
                "contexts of 50 tasks",
                side -> side.read(
                        "SELECT * FROM tasker.get_task_execution_contexts_batch(?)", (Object) side.newestTasks(50)));
        tier1(
                "summary of a task",
                side -> side.read("SELECT * FROM tasker.get_workflow_summary(?)", side.startedTask()));
        tier1("why a step waits", side -> side.read("SELECT * FROM tasker.why_step_waits(?)", side.waitingStep()));
    }

    private void engine() {
        tier1("count_unfinished_tasks", side -> side.read("SELECT tasker.count_unfinished_tasks(10000)"));
        tier1("load_figures", side -> side.read("SELECT * FROM tasker.load_figures(10000)"));
        tier1("expire_leases, none expired", side -> side.read("SELECT * FROM tasker.expire_leases(100)"));
        tier1("expire_deadlines, none passed", side -> side.read("SELECT * FROM tasker.expire_deadlines(100)"));
        tier1(
                "enqueue sweep, none due",
                side -> side.read("SELECT * FROM tasker.take_enqueuable_tasks(ARRAY['jobs'], 100)"));
        tier1(
                "due annotations, none due",
                side -> side.read("SELECT * FROM tasker.due_annotations(ARRAY['java:hooks'], ARRAY[]::bigint[], 100)"));
        tier1("two waves: claim 20 steps, give them back", QueryFigures::claimAndRelease);
    }

    private static void claimAndRelease(Side side) {
        Map<HandlerKey, Integer> slots = new LinkedHashMap<>();
        HistoryTemplates.handlerClasses().forEach(name -> slots.put(new HandlerKey(HandlerRuntime.JAVA, name), CLAIMS));
        WaveStore waves = new WaveStore(side.database());
        List<ClaimedStep> claimed = waves.advance(
                        new WaveRequest(List.of(), WORKER, slots, CLAIMS, LEASE, Optional.empty()))
                .claimed();
        List<Outcome> releases = claimed.stream()
                .map(step -> Outcome.release(step.step().stepId(), step.claim()))
                .toList();
        waves.advance(WaveRequest.recordOnly(releases, WORKER, LEASE));
    }

    private void tier1(String name, Figure.Work work) {
        figures.add(Figure.compared("active work", name, TIER_1_MILLIS, TIER_1_RATIO, work));
    }

    private void pages() {
        Map<String, String> tiers = new LinkedHashMap<>();
        tiers.put("recent tier, 30 days", "tasker.recent_tasks(30)");
        tiers.put("recent tier, 90 days", "tasker.recent_tasks(90)");
        tiers.put("complete tier", "tasker.all_tasks");
        tiers.forEach((group, tier) -> FILTERS.forEach((name, condition) -> figures.add(Figure.below(
                group,
                "first page, " + name,
                PAGE_MILLIS,
                side -> side.read(
                        "SELECT * FROM " + tier + " WHERE " + condition + " ORDER BY task_id DESC LIMIT 50")))));
    }

    private void aggregates() {
        Map<String, String> queries = new LinkedHashMap<>();
        queries.put("get_system_health_counts", "SELECT * FROM tasker.get_system_health_counts()");
        queries.put("task_totals", "SELECT * FROM tasker.task_totals");
        queries.put("get_analytics_metrics", "SELECT * FROM tasker.get_analytics_metrics('-infinity')");
        queries.put("get_slowest_tasks", "SELECT * FROM tasker.get_slowest_tasks('-infinity')");
        queries.put("get_slowest_steps", "SELECT * FROM tasker.get_slowest_steps('-infinity')");
        queries.forEach((name, sql) ->
                figures.add(Figure.slow("aggregates over all", name, AGGREGATE_MILLIS, side -> side.read(sql))));
    }

    /// @param state one that tasks of the tier may be in
    private static Map<String, String> filters(String state) {
        Map<String, String> filters = new LinkedHashMap<>();
        filters.put("no filter", "true");
        filters.put("state", "state = '" + state + "'");
        filters.put("states that are active", "state IN ('pending', 'in_progress')");
        filters.put("template", "name = 'mixed'");
        filters.put("initiator", "initiator = 'alice'");
        filters.put("source system and state", "source_system = 'shop' AND state = '" + state + "'");
        filters.put("rare tag", "tags @> '[\"rare\"]' AND tags <> '[]'");
        filters.put("priority", "priority > 3");
        filters.put("created in the last day", "created_at >= tasker.now() - interval '1 day'");
        return filters;
    }
}
