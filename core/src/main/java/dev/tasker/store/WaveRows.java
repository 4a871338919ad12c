package dev.tasker.store;

import static java.util.stream.Collectors.toSet;

import dev.tasker.execution.Sequence.Ancestor;
import dev.tasker.execution.Step;
import dev.tasker.execution.Task;
import dev.tasker.finalization.TaskOutlook;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import dev.tasker.store.StepDefinitions.StepDefinition;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveResult;
import java.sql.ResultSet;
import java.sql.SQLException;
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

    /// One row of `tasker.advance`; ids that do not apply are 0.
    record Row(
            String kind,
            long taskId,
            long stepId,
            long claimId,
            @Nullable String payload) {
        static Row of(ResultSet row) throws SQLException {
            return new Row(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getString(5));
        }

        Map<String, @Nullable Object> json() {
            return StoredJson.object(Json.read(Objects.requireNonNull(payload)));
        }
    }

    /// @param outcomes what the wave was asked to record
    /// @param definitions finds what the templates say of claimed steps
    static WaveResult read(
            List<Row> rows,
            List<Outcome> outcomes,
            Function<Set<StepDefinitions.Key>, Map<StepDefinitions.Key, StepDefinition>> definitions) {
        WaveRows result = new WaveRows();
        outcomes.forEach(outcome -> result.outcomes.put(outcome.claim().value(), outcome));
        rows.forEach(result::add);
        result.claim(definitions);
        return new WaveResult(result.refused, result.recorded, result.verdicts, result.claimed, result.limited);
    }

    /// A claimed step without what its template says.
    private record Claim(Row row, Map<String, @Nullable Object> payload, StepDefinitions.Key definition) {}

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

    private static Claim claim(Row row) {
        Map<String, @Nullable Object> payload = row.json();
        return new Claim(
                row,
                payload,
                new StepDefinitions.Key(
                        StoredJson.number(payload, "definition_id"), StoredJson.text(payload, "definition_version")));
    }

    private void add(Row row) {
        switch (row.kind()) {
            case "refused" -> refused.add(new ClaimId(row.claimId()));
            case "claimed" -> claims.add(claim(row));
            case "limited" -> limited.add(limited(row.json()));
            case "verdict" -> {
                Map<String, @Nullable Object> payload = row.json();
                if (row.stepId() == 0) {
                    verdicts.add(taskVerdict(new TaskId(row.taskId()), payload));
                } else {
                    recorded.add(recorded(row, payload));
                }
            }
            default -> throw new IllegalStateException("tasker.advance returned a row of kind " + row.kind());
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

    private WaveResult.Recorded recorded(Row row, Map<String, @Nullable Object> payload) {
        return new WaveResult.Recorded(
                new TaskId(row.taskId()),
                Objects.requireNonNull(outcomes.get(row.claimId())),
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
        Row row = claim.row();
        Map<String, @Nullable Object> payload = claim.payload();
        Map<String, @Nullable Object> task = StoredJson.object(payload, "task");
        return new ClaimedStep(
                new ClaimId(row.claimId()),
                handlerKey(StoredJson.text(payload, "handler_key")),
                StepState.of(StoredJson.text(payload, "from_state")),
                Boolean.TRUE.equals(task.get("launched")),
                definition.templateFile(),
                task(new TaskId(row.taskId()), task, definition),
                step(new StepId(row.stepId()), payload, readOnly(task, "context"), definition),
                Boolean.TRUE.equals(payload.get("retryable")),
                definition.backoff(),
                definition.timeout(),
                JsonShape.immutableCopy(payload.get("previous_results")),
                StoredJson.time(payload, "claimed_at").orElseThrow(),
                ancestors(StoredJson.object(payload, "parents")));
    }

    private static Task task(TaskId id, Map<String, @Nullable Object> task, StepDefinition definition) {
        return new Task(
                id,
                definition.namespace(),
                definition.name(),
                definition.templateVersion(),
                readOnly(task, "context"),
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
        Map<String, @Nullable Object> inputs = readOnly(payload, "inputs");
        return new Step(
                id,
                StoredJson.text(payload, "name"),
                (int) StoredJson.number(payload, "attempts"),
                (int) StoredJson.number(payload, "retry_limit"),
                inputs.isEmpty() ? context : inputs,
                definition.config());
    }

    /// What handlers are given.
    private static Map<String, @Nullable Object> readOnly(Map<String, @Nullable Object> json, String key) {
        return StoredJson.object(JsonShape.immutableCopy(json.get(key)));
    }

    private static Map<String, Ancestor> ancestors(Map<String, @Nullable Object> parents) {
        Map<String, Ancestor> ancestors = new LinkedHashMap<>();
        parents.forEach((name, value) -> {
            Map<String, @Nullable Object> parent = StoredJson.object(value);
            ancestors.put(
                    name,
                    new Ancestor(
                            name, StoredJson.text(parent, "state"), JsonShape.immutableCopy(parent.get("results"))));
        });
        return ancestors;
    }
}
