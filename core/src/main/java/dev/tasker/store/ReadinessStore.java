package dev.tasker.store;

import dev.tasker.db.generated.Tables;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.readiness.StepReadiness;
import dev.tasker.readiness.TaskExecutionContext;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Readiness as the database derives it from edges and states. Safe from any thread.
public final class ReadinessStore {
    private final Database database;

    public ReadinessStore(Database database) {
        this.database = database;
    }

    /// The steps of a task, in topological order; empty for an unknown task.
    public List<StepReadiness> steps(TaskId task) {
        return database.call(dsl -> Tables.GET_STEP_READINESS_STATUS(dsl.configuration(), task.value(), null)).stream()
                .map(row -> new StepReadiness(
                        new StepId(row.getWorkflowStepId()),
                        row.getName(),
                        StepState.of(row.getCurrentState()),
                        row.getDependenciesSatisfied(),
                        row.getRetryEligible(),
                        row.getReadyForExecution(),
                        Optional.ofNullable(row.getNextRetryAt()),
                        row.getTotalParents(),
                        row.getCompletedParents(),
                        row.getAttempts(),
                        row.getRetryLimit(),
                        Optional.ofNullable(row.getBackoffRequestSeconds()).map(Duration::ofSeconds),
                        Optional.ofNullable(row.getLastFailureAt()),
                        Optional.ofNullable(row.getLastAttemptedAt())))
                .toList();
    }

    /// Where a task stands; empty for an unknown task.
    public Optional<TaskExecutionContext> context(TaskId task) {
        return database.call(dsl -> Tables.GET_TASK_EXECUTION_CONTEXT(dsl.configuration(), task.value())).stream()
                .findFirst()
                .map(row -> new TaskExecutionContext(
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
                        row.getHealthStatus()));
    }
}
