package dev.tasker.readiness;

import java.util.LinkedHashMap;
import java.util.Map;

/// What is to be done about a task.
///
/// @param urgency    low, medium, high or critical
/// @param canProceed the engine goes on by itself
public record NextAction(String action, String description, String urgency, boolean canProceed) {
    static NextAction of(String action) {
        return switch (action) {
            case "execute_ready_steps" ->
                new NextAction(action, "Steps are ready; a worker that has their handlers runs them", "high", true);
            case "wait_for_completion" -> new NextAction(action, "Steps are running", "low", false);
            case "handle_failures" ->
                new NextAction(action, "Steps have failed for good; retry or resolve them", "critical", false);
            case "finalize_task" -> new NextAction(action, "All steps are completed", "medium", true);
            case "wait_for_dependencies" ->
                new NextAction(action, "Steps wait for others, for a retry or for their time", "low", false);
            default -> throw new IllegalStateException("unknown recommended action: " + action);
        };
    }

    /// As a JSON object.
    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("action", action);
        json.put("description", description);
        json.put("urgency", urgency);
        json.put("can_proceed", canProceed);
        return json;
    }
}
