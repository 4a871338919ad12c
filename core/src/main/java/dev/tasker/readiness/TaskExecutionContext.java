package dev.tasker.readiness;

import dev.tasker.identity.TaskId;
import dev.tasker.transition.TaskState;
import java.math.BigDecimal;

/// Where a task stands: counts of its steps, what to do next, how healthy it is.
public record TaskExecutionContext(
        TaskId id,
        TaskState state,
        long totalSteps,
        long pendingSteps,
        long inProgressSteps,
        long completedSteps,
        long failedSteps,
        long readySteps,
        String executionStatus,
        String recommendedAction,
        BigDecimal completionPercentage,
        String healthStatus) {}
