package dev.tasker.server.output;

import dev.tasker.identity.StepId;
import dev.tasker.operation.BulkResult;
import dev.tasker.operation.Change;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.TaskAction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What came of an operator's action, as JSON objects. Fields are only ever added.
public final class OperationDocument {
    private OperationDocument() {}

    /// An action on one task.
    public static Map<String, @Nullable Object> one(TaskAction action, List<Change> changes) {
        Map<String, @Nullable Object> json = bulk(action, new BulkResult(1, 1, 0, 0, List.of()));
        json.put("changes", changes.stream().map(OperationDocument::change).toList());
        return json;
    }

    /// An action on many tasks.
    public static Map<String, @Nullable Object> bulk(TaskAction action, BulkResult result) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("action", action.key());
        json.put("dry_run", false);
        json.put("matched", result.matched());
        json.put("changed", result.changed());
        json.put("already", result.already());
        json.put("refused", result.refused());
        json.put(
                "refusals",
                result.refusals().stream().map(OperationDocument::refusal).toList());
        return json;
    }

    /// How many tasks an action would be tried on.
    public static Map<String, @Nullable Object> dryRun(TaskAction action, long matched) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("action", action.key());
        json.put("dry_run", true);
        json.put("matched", matched);
        return json;
    }

    /// An action on a step.
    public static Map<String, @Nullable Object> step(StepAction action, StepId step, List<Change> changes) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("action", action.key());
        json.put("workflow_step_id", step.value());
        json.put("changes", changes.stream().map(OperationDocument::change).toList());
        return json;
    }

    private static Map<String, @Nullable Object> refusal(BulkResult.Refusal refusal) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("task_id", refusal.task().value());
        json.put("code", refusal.code().name());
        json.put("reason", refusal.reason());
        return json;
    }

    private static Map<String, @Nullable Object> change(Change change) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("task_id", change.task().value());
        json.put(
                "workflow_step_id", change.step().map(step -> step.id().value()).orElse(null));
        json.put("step", change.step().map(step -> step.name()).orElse(null));
        json.put("from_state", change.from());
        json.put("to_state", change.to());
        json.put("at", change.at().toString());
        json.put("metadata", change.metadata());
        return json;
    }
}
