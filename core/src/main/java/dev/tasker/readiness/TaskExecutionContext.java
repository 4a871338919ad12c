package dev.tasker.readiness;

import dev.tasker.identity.TaskId;
import dev.tasker.transition.TaskState;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

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
        String healthStatus) {
    /// Whether steps run or are ready to.
    public boolean hasWorkToDo() {
        return executionStatus.equals("has_ready_steps") || executionStatus.equals("processing");
    }

    /// Whether failures keep the task from going on.
    public boolean isBlocked() {
        return executionStatus.equals("blocked_by_failures");
    }

    /// Whether all steps are completed.
    public boolean isComplete() {
        return executionStatus.equals("all_complete");
    }

    public boolean isHealthy() {
        return healthStatus.equals("healthy");
    }

    /// Whether only an operator can bring the task to its aim.
    public boolean needsIntervention() {
        return healthStatus.equals("blocked");
    }

    /// Whether a step can be claimed at this moment.
    public boolean canMakeProgress() {
        return executionStatus.equals("has_ready_steps");
    }

    /// Whether the task will have work again without anybody's doing.
    public boolean shouldReenqueue() {
        return state.isLive() && (hasWorkToDo() || executionStatus.equals("waiting_for_dependencies"));
    }

    /// Whether something is to be done now: steps to run, failures to handle, or a task to end.
    public boolean needsImmediateAction() {
        return !state.isTerminal() && !nextActionDetails().urgency().equals("low");
    }

    /// What is to be done next.
    public NextAction nextActionDetails() {
        return NextAction.of(recommendedAction);
    }

    /// The counts and what follows from them, as a JSON object.
    public Map<String, Object> workflowSummary() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("total_steps", totalSteps);
        json.put("completed", completedSteps);
        json.put("pending", pendingSteps);
        json.put("in_progress", inProgressSteps);
        json.put("failed", failedSteps);
        json.put("ready", readySteps);
        json.put("completion_percentage", completionPercentage);
        json.put("status", executionStatus);
        json.put("health", healthStatus);
        json.put("recommended_action", recommendedAction);
        json.put("progress_details", progressDetails());
        return json;
    }

    private Map<String, Object> progressDetails() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("completed_ratio", completedSteps + "/" + totalSteps);
        json.put("completion_percentage", percentage());
        json.put("remaining_steps", totalSteps - completedSteps);
        json.put("failed_steps", failedSteps);
        json.put("ready_steps", readySteps);
        return json;
    }

    /// For people: `66.67%`, `50%`.
    public String percentage() {
        return completionPercentage.stripTrailingZeros().toPlainString() + "%";
    }
}
