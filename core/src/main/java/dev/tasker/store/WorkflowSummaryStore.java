package dev.tasker.store;

import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.GetWorkflowSummariesBatchRecord;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.readiness.BlockingReason;
import dev.tasker.readiness.Staleness;
import dev.tasker.readiness.StalenessLimits;
import dev.tasker.readiness.TaskExecutionContext;
import dev.tasker.readiness.WorkflowSummary;
import dev.tasker.readiness.WorkflowSummary.Shape;
import dev.tasker.transition.TaskState;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.types.YearToSecond;

/// Where tasks stand and why, as the database derives it. Safe from any thread.
public final class WorkflowSummaryStore {
    private final Database database;

    public WorkflowSummaryStore(Database database) {
        this.database = database;
    }

    /// One task, archived or not; empty when it is unknown.
    public Optional<WorkflowSummary> summary(TaskId task, StalenessLimits limits) {
        return summaries(List.of(task), limits).stream().findFirst().or(() -> archived(task));
    }

    private Optional<WorkflowSummary> archived(TaskId task) {
        return database.call(dsl -> Tables.GET_ARCHIVED_WORKFLOW_SUMMARY(dsl.configuration(), task.value())).stream()
                .map(row -> summary(row.into(Tables.GET_WORKFLOW_SUMMARIES_BATCH)))
                .findFirst();
    }

    /// Several tasks in one statement, by id; unknown and archived ones are left out.
    public List<WorkflowSummary> summaries(Collection<TaskId> tasks, StalenessLimits limits) {
        Long[] ids = tasks.stream().map(TaskId::value).toArray(Long[]::new);
        return database
                .call(dsl -> Tables.GET_WORKFLOW_SUMMARIES_BATCH(
                        dsl.configuration(),
                        ids,
                        YearToSecond.valueOf(limits.waitingForDependencies()),
                        YearToSecond.valueOf(limits.waitingForRetry()),
                        YearToSecond.valueOf(limits.inProcess()),
                        YearToSecond.valueOf(limits.lifetime())))
                .stream()
                .map(WorkflowSummaryStore::summary)
                .toList();
    }

    private static WorkflowSummary summary(GetWorkflowSummariesBatchRecord row) {
        return new WorkflowSummary(
                context(row),
                new Shape(stepIds(row.getRootStepIds()), row.getMaxDependencyDepth(), row.getParallelBranches()),
                stepIds(row.getReadyStepIds()),
                blocked(row),
                row.getWorkflowEfficiency(),
                row.getParallelismPotential(),
                row.getCondition(),
                row.getIdleSince(),
                Staleness.of(row.getStaleness()),
                row.getWeightedPriority());
    }

    private static TaskExecutionContext context(GetWorkflowSummariesBatchRecord row) {
        return new TaskExecutionContext(
                new TaskId(row.getTaskId()),
                TaskState.of(row.getStatus()),
                row.getTotalSteps(),
                row.getPendingSteps(),
                row.getInProgressSteps(),
                row.getCompletedSteps(),
                row.getFailedSteps(),
                row.getReadySteps(),
                row.getExecutionStatus(),
                row.getRecommendedAction(),
                row.getCompletionPercentage(),
                row.getHealthStatus());
    }

    private static Map<StepId, BlockingReason> blocked(GetWorkflowSummariesBatchRecord row) {
        Map<StepId, BlockingReason> reasons = new LinkedHashMap<>();
        Long[] ids = row.getBlockedStepIds();
        for (int i = 0; i < ids.length; i++) {
            reasons.put(new StepId(ids[i]), BlockingReason.of(row.getBlockingReasons()[i]));
        }
        return reasons;
    }

    private static List<StepId> stepIds(Long[] ids) {
        return Arrays.stream(ids).map(StepId::new).toList();
    }
}
