package dev.tasker.store;

import static java.util.stream.Collectors.toSet;

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
import dev.tasker.store.StepDefinitions.StepDefinition;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Turns the rows of `tasker.advance` into typed values.
final class WaveRows {
    private final List<ClaimId> refused = new ArrayList<>();
    private final List<WaveResult.Recorded> recorded = new ArrayList<>();
    private final List<TaskVerdict> verdicts = new ArrayList<>();
    private final List<ClaimedStep> claimed = new ArrayList<>();
    private final List<WaveResult.Limited> limited = new ArrayList<>();

    private final Map<Long, Outcome> outcomes = new HashMap<>();
    private final List<Claim> claims = new ArrayList<>();

    private WaveRows() {}

    /// @param outcomes what the wave was asked to record
    /// @param definitions finds what the templates say of claimed steps
    static WaveResult read(
            List<AdvanceRecord> rows,
            List<Outcome> outcomes,
            Function<Set<StepDefinitions.Key>, Map<StepDefinitions.Key, StepDefinition>> definitions) {
        WaveRows result = new WaveRows();
        outcomes.forEach(outcome -> result.outcomes.put(outcome.claim().value(), outcome));
        rows.forEach(result::add);
        result.claim(definitions);
        return new WaveResult(result.refused, result.recorded, result.verdicts, result.claimed, result.limited);
    }

    /// A claimed step without what its template says.
    private record Claim(AdvanceRecord row, Map<String, @Nullable Object> payload, StepDefinitions.Key definition) {}

    private void claim(Function<Set<StepDefinitions.Key>, Map<StepDefinitions.Key, StepDefinition>> definitions) {
        if (claims.isEmpty()) {
            return;
        }
        Map<StepDefinitions.Key, StepDefinition> known =
                definitions.apply(claims.stream().map(Claim::definition).collect(toSet()));
        for (Claim claim : claims) {
            claimed.add(claimedStep(claim, Objects.requireNonNull(known.get(claim.definition()))));
        }
    }

    private static Claim claim(AdvanceRecord row) {
        Map<String, @Nullable Object> payload = StoredJson.object(row.getPayload());
        return new Claim(
                row,
                payload,
                new StepDefinitions.Key(
                        StoredJson.number(payload, "definition_id"), StoredJson.text(payload, "definition_version")));
    }

    private void add(AdvanceRecord row) {
        switch (row.getKind()) {
            case "refused" -> refused.add(new ClaimId(row.getClaimId()));
            case "claimed" -> claims.add(claim(row));
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

    private static ClaimedStep claimedStep(Claim claim, StepDefinition definition) {
        AdvanceRecord row = claim.row();
        Map<String, @Nullable Object> payload = claim.payload();
        Map<String, @Nullable Object> task = StoredJson.object(payload, "task");
        return new ClaimedStep(
                new ClaimId(row.getClaimId()),
                handlerKey(StoredJson.text(payload, "handler_key")),
                StepState.of(StoredJson.text(payload, "from_state")),
                Boolean.TRUE.equals(task.get("launched")),
                definition.templateFile(),
                task(new TaskId(row.getTaskId()), task, definition),
                step(new StepId(row.getWorkflowStepId()), payload, StoredJson.object(task, "context"), definition),
                Boolean.TRUE.equals(payload.get("retryable")),
                definition.backoff(),
                definition.timeout(),
                payload.get("previous_results"),
                StoredJson.time(payload, "claimed_at").orElseThrow(),
                ancestors(StoredJson.object(payload, "parents")));
    }

    private static Task task(TaskId id, Map<String, @Nullable Object> task, StepDefinition definition) {
        return new Task(
                id,
                definition.namespace(),
                definition.name(),
                definition.templateVersion(),
                StoredJson.object(task, "context"),
                StoredJson.text(task, "initiator"),
                StoredJson.text(task, "source_system"),
                StoredJson.text(task, "reason"),
                StoredJson.texts(task.get("tags")),
                StoredJson.text(task, "correlation_id"),
                StoredJson.time(task, "requested_at").orElse(Instant.EPOCH));
    }

    /// A step with no inputs of its own has the context of its task.
    private static Step step(
            StepId id,
            Map<String, @Nullable Object> payload,
            Map<String, @Nullable Object> context,
            StepDefinition definition) {
        Map<String, @Nullable Object> inputs = StoredJson.object(payload, "inputs");
        return new Step(
                id,
                StoredJson.text(payload, "name"),
                (int) StoredJson.number(payload, "attempts"),
                (int) StoredJson.number(payload, "retry_limit"),
                inputs.isEmpty() ? context : inputs,
                definition.config());
    }

    private static Map<String, Ancestor> ancestors(Map<String, @Nullable Object> parents) {
        Map<String, Ancestor> ancestors = new LinkedHashMap<>();
        parents.forEach((name, value) -> {
            Map<String, @Nullable Object> parent = StoredJson.object(value);
            ancestors.put(name, new Ancestor(name, StoredJson.text(parent, "state"), parent.get("results")));
        });
        return ancestors;
    }
}
