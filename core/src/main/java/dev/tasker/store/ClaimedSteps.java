package dev.tasker.store;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.TaskFactsRecord;
import dev.tasker.execution.Sequence.Ancestor;
import dev.tasker.execution.Step;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.json.JsonShape;
import dev.tasker.result.Backoff;
import dev.tasker.store.StepDefinitions.StepDefinition;
import dev.tasker.transition.StepState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.TaskFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes steps that can be run of the rows of `tasker.claimed_steps`. What the templates say of them is kept.
/// Safe from any thread.
public final class ClaimedSteps {
    private final Database database;
    private final StepDefinitions definitions;

    /// @param backoff what templates do not say about the backoff of a step
    public ClaimedSteps(Database database, Backoff backoff) {
        this.database = database;
        this.definitions = new StepDefinitions(backoff);
    }

    /// A claimed step without what its template says.
    private record Claim(WaveRows.Row row, Map<String, @Nullable Object> payload) {
        long taskId() {
            return row.taskId();
        }
    }

    /// Reads claims.
    ///
    /// @param known     tasks of which the caller has run a step; their rows need not tell of them
    /// @param answerMax how long a question about what is not known may take
    List<ClaimedStep> read(List<WaveRows.Row> rows, Map<Long, TaskFacts> known, Duration answerMax) {
        if (rows.isEmpty()) {
            return List.of();
        }
        List<Claim> claims =
                rows.stream().map(row -> new Claim(row, row.json())).toList();
        Map<Long, TaskFacts> facts = new HashMap<>(known);
        Map<Long, Map<String, @Nullable Object>> unknown = unknownTasks(claims, facts, answerMax);
        Map<StepDefinitions.Key, StepDefinition> found = definitions.of(
                claims.stream()
                        .map(claim -> definitionOf(claim, facts, unknown))
                        .collect(toSet()),
                ids -> database.call(answerMax, dsl -> Tables.CLAIMED_DEFINITIONS(dsl.configuration(), ids)));
        StoredTimes times = new StoredTimes();
        List<ClaimedStep> steps = new ArrayList<>();
        for (Claim claim : claims) {
            StepDefinition definition = Objects.requireNonNull(found.get(definitionOf(claim, facts, unknown)));
            TaskFacts task =
                    facts.computeIfAbsent(claim.taskId(), id -> taskFacts(new TaskId(id), unknown.get(id), definition));
            steps.add(claimedStep(claim, task, definition, times));
        }
        return steps;
    }

    private Map<Long, Map<String, @Nullable Object>> unknownTasks(
            List<Claim> claims, Map<Long, TaskFacts> facts, Duration answerMax) {
        Map<Long, Map<String, @Nullable Object>> unknown = new HashMap<>();
        for (Claim claim : claims) {
            if (claim.payload().get("task") != null) {
                unknown.put(claim.taskId(), StoredJson.object(claim.payload(), "task"));
            }
        }
        Set<Long> absent = claims.stream().map(Claim::taskId).collect(toSet());
        absent.removeAll(facts.keySet());
        absent.removeAll(unknown.keySet());
        if (!absent.isEmpty()) {
            unknown.putAll(stored(absent, answerMax));
        }
        return unknown;
    }

    private Map<Long, Map<String, @Nullable Object>> stored(Set<Long> tasks, Duration answerMax) {
        return database.call(
                answerMax,
                dsl -> Tables.TASK_FACTS(dsl.configuration(), tasks.toArray(Long[]::new)).stream()
                        .collect(toMap(TaskFactsRecord::getTaskId, row -> StoredJson.object(row.getFacts()))));
    }

    private static StepDefinitions.Key definitionOf(
            Claim claim, Map<Long, TaskFacts> facts, Map<Long, Map<String, @Nullable Object>> unknown) {
        TaskFacts known = facts.get(claim.taskId());
        String version = known == null
                ? StoredJson.text(Objects.requireNonNull(unknown.get(claim.taskId())), "definitions_version")
                : known.definitionsVersion();
        return new StepDefinitions.Key(StoredJson.number(claim.payload(), "definition_id"), version);
    }

    private static ClaimedStep claimedStep(Claim claim, TaskFacts task, StepDefinition definition, StoredTimes times) {
        WaveRows.Row row = claim.row();
        Map<String, @Nullable Object> payload = claim.payload();
        return new ClaimedStep(
                new ClaimId(row.claimId()),
                definition.handlerKey(),
                payload.get("from_state") instanceof String state ? StepState.of(state) : StepState.PENDING,
                Boolean.TRUE.equals(payload.get("launched")),
                definition.templateFile(),
                task,
                step(new StepId(row.stepId()), payload, task.task().context(), definition),
                !Boolean.FALSE.equals(payload.get("retryable")),
                definition.backoff(),
                definition.timeout(),
                JsonShape.immutableCopy(payload.get("previous_results")),
                times.read(payload, "claimed_at").orElseThrow(),
                ancestors(payload.get("parents")));
    }

    private static TaskFacts taskFacts(
            TaskId id, @Nullable Map<String, @Nullable Object> stored, StepDefinition definition) {
        Map<String, @Nullable Object> task = Objects.requireNonNull(stored);
        return new TaskFacts(
                new Task(
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
                        StoredJson.time(task, "requested_at").orElse(Instant.EPOCH)),
                StoredJson.text(task, "definitions_version"));
    }

    /// A step with no inputs of its own has the context of its task.
    private static Step step(
            StepId id,
            Map<String, @Nullable Object> payload,
            Map<String, @Nullable Object> context,
            StepDefinition definition) {
        Map<String, @Nullable Object> inputs = payload.containsKey("inputs") ? readOnly(payload, "inputs") : Map.of();
        return new Step(
                id,
                definition.stepName(),
                (int) StoredJson.number(payload, "attempts"),
                (int) StoredJson.number(payload, "retry_limit"),
                inputs.isEmpty() ? context : inputs,
                definition.config());
    }

    /// What handlers are given.
    private static Map<String, @Nullable Object> readOnly(Map<String, @Nullable Object> json, String key) {
        return StoredJson.object(JsonShape.immutableCopy(json.get(key)));
    }

    private static Map<String, Ancestor> ancestors(@Nullable Object parents) {
        if (parents == null) {
            return Map.of();
        }
        Map<String, Ancestor> ancestors = new LinkedHashMap<>();
        StoredJson.object(parents).forEach((name, value) -> {
            Map<String, @Nullable Object> parent = StoredJson.object(value);
            ancestors.put(
                    name,
                    new Ancestor(
                            name, StoredJson.text(parent, "state"), JsonShape.immutableCopy(parent.get("results"))));
        });
        return ancestors;
    }
}
