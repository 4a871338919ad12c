package dev.tasker.store;

import dev.tasker.db.generated.tables.records.AdvanceRecord;
import dev.tasker.execution.Sequence.Ancestor;
import dev.tasker.execution.Step;
import dev.tasker.execution.Task;
import dev.tasker.finalization.TaskOutlook;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.result.Backoff;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveResult;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Turns the rows of `tasker.advance` into typed values.
final class WaveRows {
    private final List<ClaimId> refused = new ArrayList<>();
    private final List<WaveResult.Recorded> recorded = new ArrayList<>();
    private final List<TaskVerdict> verdicts = new ArrayList<>();
    private final List<ClaimedStep> claimed = new ArrayList<>();
    private final List<WaveResult.Limited> limited = new ArrayList<>();

    private final Map<Long, Outcome> outcomes = new HashMap<>();

    private final Backoff backoff;

    private WaveRows(Backoff backoff) {
        this.backoff = backoff;
    }

    /// @param backoff what templates do not say about the backoff of a step
    /// @param outcomes what the wave was asked to record
    static WaveResult read(List<AdvanceRecord> rows, List<Outcome> outcomes, Backoff backoff) {
        WaveRows result = new WaveRows(backoff);
        outcomes.forEach(outcome -> result.outcomes.put(outcome.claim().value(), outcome));
        rows.forEach(result::add);
        return new WaveResult(result.refused, result.recorded, result.verdicts, result.claimed, result.limited);
    }

    private void add(AdvanceRecord row) {
        switch (row.getKind()) {
            case "refused" -> refused.add(new ClaimId(row.getClaimId()));
            case "claimed" -> claimed.add(claimedStep(row));
            case "limited" -> limited.add(limited(StoredJson.object(row.getPayload())));
            case "verdict" -> {
                Map<String, @Nullable Object> payload = StoredJson.object(row.getPayload());
                if (row.getWorkflowStepId() == null) {
                    verdicts.add(taskVerdict(new TaskId(row.getTaskId()), payload));
                } else {
                    recorded.add(recorded(row, payload));
                }
            }
            default -> throw new IllegalStateException("tasker.advance returned a row of kind " + row.getKind());
        }
    }

    private static WaveResult.Limited limited(Map<String, @Nullable Object> payload) {
        double seconds = Double.parseDouble(StoredJson.text(payload, "resumes_in_seconds"));
        return new WaveResult.Limited(handlerKey(StoredJson.text(payload, "handler_key")), Duration.ofMillis((long)
                Math.ceil(seconds * 1000)));
    }

    private static HandlerKey handlerKey(String text) {
        return HandlerKey.parse(text).orElseThrow(() -> new IllegalStateException("stored handler key " + text));
    }

    private WaveResult.Recorded recorded(AdvanceRecord row, Map<String, @Nullable Object> payload) {
        return new WaveResult.Recorded(
                new TaskId(row.getTaskId()),
                Objects.requireNonNull(outcomes.get(row.getClaimId())),
                StepState.of(StoredJson.text(payload, "to_state")),
                StoredJson.time(payload, "retries_at"),
                StoredJson.time(payload, "at").orElseThrow());
    }

    static TaskVerdict taskVerdict(TaskId task, Map<String, @Nullable Object> payload) {
        String verdict = StoredJson.text(payload, "verdict");
        TaskOutlook outlook = outlook(payload);
        return switch (verdict) {
            case "complete" -> new TaskVerdict.Complete(task, outlook);
            case "error" ->
                new TaskVerdict.Failed(
                        task,
                        outlook,
                        ((List<?>) Objects.requireNonNull(payload.get("blocked_step_ids")))
                                .stream()
                                        .map(id -> new StepId(((Number) id).longValue()))
                                        .toList());
            case "waiting" -> new TaskVerdict.Waiting(task, outlook, StoredJson.time(payload, "resumes_at"));
            default -> throw new IllegalStateException("tasker.settle_tasks decided " + verdict);
        };
    }

    private static TaskOutlook outlook(Map<String, @Nullable Object> payload) {
        Map<String, @Nullable Object> summary = StoredJson.object(payload, "summary");
        return new TaskOutlook(
                StoredJson.time(payload, "at").orElseThrow(),
                TaskState.of(StoredJson.text(summary, "state")),
                StoredJson.time(summary, "started_at").orElseThrow(),
                (int) StoredJson.number(summary, "total_steps"),
                (int) StoredJson.number(summary, "completed_steps"),
                (int) StoredJson.number(summary, "failed_steps"),
                (int) StoredJson.number(summary, "in_progress_steps"),
                (int) StoredJson.number(summary, "pending_steps"));
    }

    private ClaimedStep claimedStep(AdvanceRecord row) {
        Map<String, @Nullable Object> payload = StoredJson.object(row.getPayload());
        Map<String, @Nullable Object> task = StoredJson.object(payload, "task");
        return new ClaimedStep(
                new ClaimId(row.getClaimId()),
                handlerKey(StoredJson.text(payload, "handler_key")),
                StepState.of(StoredJson.text(payload, "from_state")),
                Boolean.TRUE.equals(task.get("launched")),
                StoredJson.optionalText(task, "template_file").map(Path::of),
                task(new TaskId(row.getTaskId()), task),
                step(new StepId(row.getWorkflowStepId()), payload, StoredJson.object(task, "context")),
                Boolean.TRUE.equals(payload.get("retryable")),
                Backoff.fromJson(nonNull(StoredJson.object(payload, "backoff")), backoff),
                Duration.ofSeconds(StoredJson.number(payload, "timeout_seconds")),
                payload.get("previous_results"),
                StoredJson.time(payload, "claimed_at").orElseThrow(),
                ancestors(StoredJson.object(payload, "parents")));
    }

    private static Task task(TaskId id, Map<String, @Nullable Object> task) {
        return new Task(
                id,
                StoredJson.text(task, "namespace"),
                StoredJson.text(task, "name"),
                StoredJson.text(task, "version"),
                StoredJson.object(task, "context"),
                StoredJson.text(task, "initiator"),
                StoredJson.text(task, "source_system"),
                StoredJson.text(task, "reason"),
                StoredJson.texts(task.get("tags")),
                StoredJson.text(task, "correlation_id"),
                StoredJson.time(task, "requested_at").orElse(Instant.EPOCH));
    }

    /// A step with no inputs of its own has the context of its task.
    private static Step step(StepId id, Map<String, @Nullable Object> payload, Map<String, @Nullable Object> context) {
        Map<String, @Nullable Object> inputs = StoredJson.object(payload, "inputs");
        return new Step(
                id,
                StoredJson.text(payload, "name"),
                (int) StoredJson.number(payload, "attempts"),
                (int) StoredJson.number(payload, "retry_limit"),
                inputs.isEmpty() ? context : inputs,
                StoredJson.object(payload, "config"));
    }

    private static Map<String, Ancestor> ancestors(Map<String, @Nullable Object> parents) {
        Map<String, Ancestor> ancestors = new LinkedHashMap<>();
        parents.forEach((name, value) -> {
            Map<String, @Nullable Object> parent = StoredJson.object(value);
            ancestors.put(name, new Ancestor(name, StoredJson.text(parent, "state"), parent.get("results")));
        });
        return ancestors;
    }

    private static Map<String, Object> nonNull(Map<String, @Nullable Object> json) {
        Map<String, Object> copy = new LinkedHashMap<>();
        json.forEach((key, value) -> {
            if (value != null) {
                copy.put(key, value);
            }
        });
        return copy;
    }
}
