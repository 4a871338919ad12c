package dev.tasker.store;

import dev.tasker.db.generated.Tables;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.NotFoundException;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.readiness.StepReadiness;
import dev.tasker.readiness.TaskExecutionContext;
import dev.tasker.readiness.WaitReason;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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

    /// Why a step is not running: every reason that holds now.
    ///
    /// @throws NotFoundException STEP_NOT_FOUND
    public List<WaitReason> whyWaits(StepId step) {
        List<WaitReason> reasons =
                database.call(dsl -> Tables.WHY_STEP_WAITS(dsl.configuration(), step.value())).stream()
                        .map(row -> new WaitReason(
                                WaitReason.Kind.of(row.getReason()),
                                row.getExplanation(),
                                Optional.ofNullable(row.getWaitsUntil()),
                                StoredJson.object(row.getDetails())))
                        .toList();
        if (reasons.isEmpty()) {
            throw new NotFoundException(
                    ErrorCode.STEP_NOT_FOUND,
                    "there is no step " + step + "; `tasker task show ID -o json` lists the steps of a task",
                    Map.of("step_id", step.value()));
        }
        return reasons;
    }

    /// The step of a task that has this name.
    ///
    /// @throws NotFoundException STEP_NOT_FOUND, with the names that there are; TASK_NOT_FOUND
    public StepId step(TaskId task, String name) {
        List<StepReadiness> steps = steps(task);
        if (steps.isEmpty()) {
            throw TaskStore.notFound(task);
        }
        return steps.stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .map(StepReadiness::id)
                .orElseThrow(() -> new NotFoundException(
                        ErrorCode.STEP_NOT_FOUND,
                        "task " + task + " has no step `" + name + "`; its steps: "
                                + String.join(
                                        ", ",
                                        steps.stream().map(StepReadiness::name).toList()),
                        Map.of("task_id", task.value(), "step", name)));
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
