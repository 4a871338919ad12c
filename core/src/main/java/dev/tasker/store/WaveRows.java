package dev.tasker.store;

import dev.tasker.finalization.TaskOutlook;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.FirstWaiting;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.TaskFacts;
import dev.tasker.wave.WaveResult;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Turns the rows of `tasker.advance` into typed values.
final class WaveRows {
    private final List<ClaimId> refused = new ArrayList<>();
    private final List<WaveResult.Recorded> recorded = new ArrayList<>();
    private final List<TaskVerdict> verdicts = new ArrayList<>();
    private final List<WaveResult.Limited> limited = new ArrayList<>();

    private final Map<Long, Outcome> outcomes = new HashMap<>();
    private final List<Row> claims = new ArrayList<>();
    private final Map<HandlerKey, FirstWaiting> waiting = new HashMap<>();
    private final StoredTimes times = new StoredTimes();
    private Optional<FirstWaiting> left = Optional.empty();
    private String lastPayload = "";
    private Map<String, @Nullable Object> lastJson = Map.of();

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
    /// @param claimed  makes steps of the rows of claims; it is given the tasks that the outcomes know
    static WaveResult read(
            List<Row> rows,
            List<Outcome> outcomes,
            BiFunction<List<Row>, Map<Long, TaskFacts>, List<ClaimedStep>> claimed) {
        WaveRows result = new WaveRows();
        Map<Long, TaskFacts> known = new HashMap<>();
        for (Outcome outcome : outcomes) {
            result.outcomes.put(outcome.claim().value(), outcome);
            TaskFacts facts = outcome.facts();
            if (facts != null) {
                known.put(facts.task().taskId().value(), facts);
            }
        }
        rows.forEach(result::add);
        return new WaveResult(
                result.refused,
                result.recorded,
                result.verdicts,
                claimed.apply(result.claims, known),
                result.limited,
                result.left,
                result.waiting);
    }

    private void add(Row row) {
        switch (row.kind()) {
            case "refused" -> refused.add(new ClaimId(row.claimId()));
            case "claimed" -> claims.add(row);
            case "left" -> left = place(row.json());
            case "waiting" -> waiting(row.json());
            case "limited" -> limited.add(limited(row.json()));
            case "verdict" -> {
                Map<String, @Nullable Object> payload = verdict(row);
                if (row.stepId() == 0) {
                    verdicts.add(taskVerdict(new TaskId(row.taskId()), payload));
                } else {
                    recorded.add(recorded(row, payload));
                }
            }
            default -> throw new IllegalStateException("tasker.advance returned a row of kind " + row.kind());
        }
    }

    /// Most steps of a wave have the same verdict.
    private Map<String, @Nullable Object> verdict(Row row) {
        String payload = Objects.requireNonNull(row.payload());
        if (!payload.equals(lastPayload)) {
            lastJson = row.json();
            lastPayload = payload;
        }
        return lastJson;
    }

    private void waiting(Map<String, @Nullable Object> payload) {
        waiting.put(
                handlerKey(StoredJson.text(payload, "handler_key")),
                place(payload).orElse(FirstWaiting.NONE));
    }

    static Optional<FirstWaiting> place(Map<String, @Nullable Object> payload) {
        return StoredJson.time(payload, "due_at")
                .map(due -> new FirstWaiting((int) StoredJson.number(payload, "priority"), due));
    }

    private static WaveResult.Limited limited(Map<String, @Nullable Object> payload) {
        double seconds = Double.parseDouble(StoredJson.text(payload, "resumes_in_seconds"));
        return new WaveResult.Limited(handlerKey(StoredJson.text(payload, "handler_key")), Duration.ofMillis((long)
                Math.ceil(seconds * 1000)));
    }

    static HandlerKey handlerKey(String text) {
        return HandlerKey.parse(text).orElseThrow(() -> new IllegalStateException("stored handler key " + text));
    }

    private WaveResult.Recorded recorded(Row row, Map<String, @Nullable Object> payload) {
        return new WaveResult.Recorded(
                new TaskId(row.taskId()),
                Objects.requireNonNull(outcomes.get(row.claimId())),
                StepState.of(StoredJson.text(payload, "to_state")),
                times.read(payload, "retries_at"),
                times.read(payload, "at").orElseThrow());
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
}
