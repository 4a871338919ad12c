package dev.tasker.store;

import static dev.tasker.db.generated.Tables.TASK_TOTALS;

import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.UnsoundRows;
import dev.tasker.db.generated.tables.records.GetAnalyticsMetricsRecord;
import dev.tasker.db.generated.tables.records.GetSlowestStepsRecord;
import dev.tasker.db.generated.tables.records.GetSlowestTasksRecord;
import dev.tasker.db.generated.tables.records.GetSystemHealthCountsRecord;
import dev.tasker.db.generated.tables.records.TaskTotalsRecord;
import dev.tasker.identity.SemanticVersion;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import dev.tasker.query.AnalyticsMetrics;
import dev.tasker.query.AnalyticsMetrics.Durations;
import dev.tasker.query.SlowStep;
import dev.tasker.query.SlowTask;
import dev.tasker.query.SlowestQuery;
import dev.tasker.query.SystemHealthCounts;
import dev.tasker.query.SystemHealthCounts.Connections;
import dev.tasker.query.SystemHealthCounts.Steps;
import dev.tasker.query.SystemHealthCounts.Tasks;
import dev.tasker.query.TaskTotal;
import dev.tasker.query.UnsoundRow;
import dev.tasker.transition.TaskState;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The system in numbers. Read-only; each call is one statement. Safe from any thread.
///
/// What is counted over a time reads what ended in that time; counts of everything read the live tables, or an
/// index of them, once.
public final class FigureStore {
    private static final int MILLIS_DIGITS = 3;

    private final Database database;

    FigureStore(Database database) {
        this.database = database;
    }

    /// How many tasks and steps are in which state.
    public SystemHealthCounts healthCounts() {
        return database.call(dsl -> healthCounts(
                Tables.GET_SYSTEM_HEALTH_COUNTS(dsl.configuration()).getFirst()));
    }

    /// Rows of unfinished tasks that break a rule which every routine keeps: there are none, unless somebody wrote to
    /// the
    /// tables by hand.
    ///
    /// @param limit how many at most
    public List<UnsoundRow> unsoundRows(int limit) {
        UnsoundRows rows = Tables.UNSOUND_ROWS(true);
        return database.call(dsl -> dsl.selectFrom(rows)
                .limit(limit)
                .fetch(row -> new UnsoundRow(row.getTableName(), row.getRowId(), row.getRule())));
    }

    /// How the system did in the last hour.
    public AnalyticsMetrics analytics() {
        return readAnalytics(null);
    }

    /// How the system did since a time.
    public AnalyticsMetrics analytics(Instant since) {
        return readAnalytics(since);
    }

    /// Completed steps, slowest first.
    public List<SlowStep> slowestSteps(SlowestQuery query) {
        return database.call(dsl -> Tables.GET_SLOWEST_STEPS(
                        dsl.configuration(),
                        query.since().orElse(null),
                        query.limit(),
                        query.namespace().orElse(null),
                        query.name().orElse(null),
                        query.version().orElse(null))
                .map(FigureStore::slowStep));
    }

    /// Tasks that ended complete or in error, slowest first.
    public List<SlowTask> slowestTasks(SlowestQuery query) {
        return database.call(dsl -> Tables.GET_SLOWEST_TASKS(
                        dsl.configuration(),
                        query.since().orElse(null),
                        query.limit(),
                        query.namespace().orElse(null),
                        query.name().orElse(null),
                        query.version().orElse(null))
                .map(FigureStore::slowTask));
    }

    /// Every task that ever was, counted by template and state, in their order.
    public List<TaskTotal> totals() {
        return database.call(dsl -> dsl.selectFrom(TASK_TOTALS)
                .orderBy(TASK_TOTALS.NAMESPACE, TASK_TOTALS.NAME, TASK_TOTALS.NAMED_TASK_ID, TASK_TOTALS.STATE)
                .fetch(FigureStore::total));
    }

    private AnalyticsMetrics readAnalytics(@Nullable Instant since) {
        return database.call(dsl -> analytics(
                Tables.GET_ANALYTICS_METRICS(dsl.configuration(), since).getFirst()));
    }

    private static SystemHealthCounts healthCounts(GetSystemHealthCountsRecord row) {
        return new SystemHealthCounts(
                new Tasks(
                        row.getTotalTasks(),
                        row.getDraftTasks(),
                        row.getPendingTasks(),
                        row.getInProgressTasks(),
                        row.getPausedTasks(),
                        row.getCompleteTasks(),
                        row.getErrorTasks(),
                        row.getCancelledTasks(),
                        row.getResolvedTasks()),
                new Steps(
                        row.getTotalSteps(),
                        row.getPendingSteps(),
                        row.getInProgressSteps(),
                        row.getCompleteSteps(),
                        row.getErrorSteps(),
                        row.getSkippedSteps(),
                        row.getCancelledSteps(),
                        row.getResolvedSteps(),
                        row.getRetryableErrorSteps(),
                        row.getExhaustedRetrySteps(),
                        row.getInBackoffSteps()),
                row.getArchivedTasks(),
                new Connections(row.getActiveConnections(), row.getMaxConnections()));
    }

    private static AnalyticsMetrics analytics(GetAnalyticsMetricsRecord row) {
        return new AnalyticsMetrics(
                row.getActiveTasksCount(),
                row.getTotalNamespacesCount(),
                row.getUniqueTaskTypesCount(),
                row.getSystemHealthScore(),
                row.getTaskThroughput(),
                row.getCompletionCount(),
                row.getErrorCount(),
                row.getCompletionRate(),
                row.getErrorRate(),
                row.getStepThroughput(),
                durations(
                        row.getAvgTaskDuration(),
                        row.getP50TaskDuration(),
                        row.getP95TaskDuration(),
                        row.getP99TaskDuration()),
                durations(
                        row.getAvgStepDuration(),
                        row.getP50StepDuration(),
                        row.getP95StepDuration(),
                        row.getP99StepDuration()),
                row.getAnalysisPeriodStart(),
                row.getCalculatedAt());
    }

    private static Optional<Durations> durations(
            @Nullable BigDecimal average, BigDecimal p50, BigDecimal p95, BigDecimal p99) {
        return Optional.ofNullable(average)
                .map(mean -> new Durations(duration(mean), duration(p50), duration(p95), duration(p99)));
    }

    private static SlowStep slowStep(GetSlowestStepsRecord row) {
        return new SlowStep(
                new StepId(row.getWorkflowStepId()),
                new TaskId(row.getTaskId()),
                row.getStepName(),
                template(row.getNamespaceName(), row.getTaskName(), row.getVersion()),
                duration(row.getDurationSeconds()),
                Optional.ofNullable(row.getExecutionSeconds()).map(FigureStore::duration),
                row.getAttempts(),
                row.getRetryable(),
                row.getCreatedAt(),
                row.getCompletedAt());
    }

    private static SlowTask slowTask(GetSlowestTasksRecord row) {
        return new SlowTask(
                new TaskId(row.getTaskId()),
                template(row.getNamespaceName(), row.getTaskName(), row.getVersion()),
                TaskState.of(row.getState()),
                duration(row.getDurationSeconds()),
                row.getStepCount(),
                row.getCompletedSteps(),
                row.getErrorSteps(),
                row.getCreatedAt(),
                row.getCompletedAt(),
                row.getInitiator(),
                row.getSourceSystem());
    }

    private static TaskTotal total(TaskTotalsRecord row) {
        return new TaskTotal(
                template(row.getNamespace(), row.getName(), row.getVersion()),
                TaskState.of(row.getState()),
                row.getTasks(),
                row.getArchivedTasks(),
                Optional.ofNullable(row.getDurationSeconds())
                        .map(seconds -> duration(BigDecimal.valueOf(seconds / row.getTasks()))),
                Optional.ofNullable(row.getDurationSecondsMax()).map(seconds -> duration(BigDecimal.valueOf(seconds))));
    }

    private static TemplateKey template(String namespace, String name, String version) {
        return new TemplateKey(namespace, name, SemanticVersion.parse(version).orElseThrow());
    }

    private static Duration duration(BigDecimal seconds) {
        return Duration.ofMillis(seconds.movePointRight(MILLIS_DIGITS).longValue());
    }
}
