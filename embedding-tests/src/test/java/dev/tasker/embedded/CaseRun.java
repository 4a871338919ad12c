package dev.tasker.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.TaskAction;
import dev.tasker.polyglot.conformance.ConformanceCase;
import dev.tasker.polyglot.conformance.ExpectedError;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A case of `conformance/cases` as a task: earlier steps are steps before `second`, and what an earlier attempt has
/// left
/// is put into the database before the task is launched.
final class CaseRun {
    private static final String STEP = "second";
    private static final String TEMPLATE = "shop.order@1.0.0";
    private static final Map<String, Object> ONE_DAY =
            Map.of("strategy", "fixed", "base_seconds", 86_400, "cap_seconds", 86_400);
    /// A step that is due later waits, and stays as it is while it is looked at.
    private static final Duration WAITS_LONG = Duration.ofSeconds(10);

    private static final String ARRANGE = """
            UPDATE tasker.workflow_steps
               SET attempts = ?, results = ?::jsonb, inputs = coalesce(?::jsonb, inputs)
             WHERE task_id = ? AND name = 'second'""";
    private static final String GIVE_INPUTS =
            "UPDATE tasker.workflow_steps SET inputs = ?::jsonb WHERE task_id = ? AND name = ?";
    private static final String LEAVE_CHECKPOINT = """
            INSERT INTO tasker.step_checkpoints (workflow_step_id, task_id, claim_id, checkpoint)
            SELECT workflow_step_id, task_id, 0, ?::jsonb
              FROM tasker.workflow_steps
             WHERE task_id = ? AND name = 'second'""";
    private static final String DECLARED = """
            SELECT jsonb_strip_nulls(jsonb_build_object(
                       'retryable', nullif(step.default_retryable, true),
                       'retry_limit', nullif(step.default_retry_limit, 3),
                       'backoff', nullif(step.backoff, '{}'),
                       'timeout_seconds', nullif(step.timeout_seconds, 300),
                       'concurrency', step.concurrency,
                       'custom_events', nullif(step.custom_events, '[]')))::text
              FROM tasker.workflow_steps AS run
              JOIN tasker.named_tasks_named_steps AS step USING (named_tasks_named_step_id)
             WHERE run.task_id = ? AND run.name = 'second'""";

    private final WayToRun way;
    private final Desk desk;
    private final ConformanceCase given;
    private final Map<?, ?> expected;
    private final Path folder;

    /// @param folder a new one, for the template
    CaseRun(WayToRun way, Desk desk, ConformanceCase given, Path folder) {
        this.way = way;
        this.desk = desk;
        this.given = given;
        this.expected = given.expectedOfEngine(way.runtime());
        this.folder = folder;
    }

    void check() throws Exception {
        way.register(template());
        takeIds();
        TaskId task = desk.draft(TEMPLATE, request());
        try {
            arrange(task);
            desk.act(new TaskAction.Launch(), task);
            if (given.isOfCancelledAttempt()) {
                checkCancelled(task);
            } else {
                check(task, desk.await(task, CaseRun::rests));
            }
        } finally {
            desk.putAway(task);
        }
    }

    // ---- The scene ----

    private Path template() throws Exception {
        for (Map.Entry<String, Object> file : given.map("files").entrySet()) {
            Path path = folder.resolve("data").resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue().toString());
        }
        List<Object> steps = new ArrayList<>();
        ancestors().keySet().forEach(name -> steps.add(ancestorStep(name)));
        steps.add(step());
        Map<String, Object> template = Map.of(
                "name",
                "order",
                "namespace_name",
                "shop",
                "version",
                "1.0.0",
                "default_runtime",
                way.runtime().key(),
                "step_templates",
                steps);
        return Files.writeString(folder.resolve("order.yaml"), Json.write(template));
    }

    private Map<String, Map<?, ?>> ancestors() {
        Map<String, Map<?, ?>> ancestors = new LinkedHashMap<>();
        given.map("ancestors").forEach((name, ancestor) -> ancestors.put(name, (Map<?, ?>) ancestor));
        return ancestors;
    }

    private Map<String, Object> ancestorStep(String name) {
        Map<String, Object> step = new LinkedHashMap<>(way.handler("Conformance"));
        step.put("name", name);
        step.put("handler_config", Map.of("process", List.of("inputs", "results")));
        return step;
    }

    private Map<String, Object> step() {
        Map<String, Object> step = new LinkedHashMap<>(way.handler(given.handler()));
        step.put("name", STEP);
        step.put("handler_config", given.isOfCancelledAttempt() ? toldInTheLog(given.config()) : given.config());
        if (!ancestors().isEmpty()) {
            step.put("depends_on_steps", List.copyOf(ancestors().keySet()));
        }
        if (!expected.containsKey("declaration")) {
            step.put("backoff", ONE_DAY);
        }
        return step;
    }

    private Map<String, Object> request() {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("context", given.map("context"));
        request.put("initiator", "ann");
        request.put("source_system", "web");
        request.put("reason", "test");
        request.put("tags", List.of("a", "b"));
        request.put("correlation_id", "corr-1");
        request.put("requested_at", "2026-01-02T03:04:05Z");
        request.put("draft", true);
        return request;
    }

    /// The small ids of the cases are kept for those that show one.
    private void takeIds() throws SQLException {
        String script = String.valueOf(given.json());
        if (script.contains("[task, task_id]")) {
            desk.nextTask(1);
        }
        if (script.contains("[step, workflow_step_id]")) {
            desk.nextStep(7);
        }
    }

    private void arrange(TaskId task) throws SQLException {
        for (Map.Entry<String, Map<?, ?>> entry : ancestors().entrySet()) {
            String name = entry.getKey();
            Map<?, ?> ancestor = entry.getValue();
            if ("skipped".equals(ancestor.get("state"))) {
                desk.act(new StepAction.Skip(), task, name);
            } else if ("resolved_manually".equals(ancestor.get("state"))) {
                desk.act(new StepAction.Complete(ancestor.get("results")), task, name);
            } else {
                desk.change(GIVE_INPUTS, Json.write(Map.of("results", ancestor.get("results"))), task.value(), name);
            }
        }
        Object previous = given.given("previous", null);
        desk.change(
                ARRANGE,
                (int) given.given("attempt", 1) - 1,
                previous == null ? null : Json.write(previous),
                given.given("inputs", null) == null ? null : Json.write(given.map("inputs")),
                task.value());
        if (given.given("checkpoint", null) != null) {
            desk.change(LEAVE_CHECKPOINT, Json.write(given.given("checkpoint", null)), task.value());
        }
    }

    // ---- What came of it ----

    private static boolean rests(TaskSnapshot task) {
        StepSnapshot step = Desk.step(task, STEP);
        return step.state() == StepState.COMPLETE
                || task.summary().state() == TaskState.ERROR
                || (step.state() == StepState.ERROR && waitsLong(step));
    }

    private static boolean waitsLong(StepSnapshot step) {
        Instant soon = Instant.now().plus(WAITS_LONG);
        return step.nextRetryAt().map(soon::isBefore).orElse(false);
    }

    private void check(TaskId task, TaskSnapshot seen) throws Exception {
        StepSnapshot step = Desk.step(seen, STEP);
        if (expected.containsKey("results")) {
            assertThat(step.error()).isNull();
            assertThat(step.state()).isEqualTo(StepState.COMPLETE);
            assertThat(step.results()).isEqualTo(expected.get("results"));
        } else {
            assertThat(step.state())
                    .as("state, with results %s", step.results())
                    .isEqualTo(StepState.ERROR);
            ExpectedError.check((Map<?, ?>) step.error(), (Map<?, ?>) expected.get("error"));
        }
        if (expected.containsKey("checkpoint")) {
            assertThat(desk.checkpoint(task, STEP)).isEqualTo(expected.get("checkpoint"));
        }
        if (expected.containsKey("declaration")) {
            assertThat(desk.read(DECLARED, task.value())).isEqualTo(stored((Map<?, ?>) expected.get("declaration")));
        }
        if (expected.containsKey("log")) {
            List<String> lines =
                    ((List<?>) expected.get("log")).stream().map(CaseRun::line).toList();
            assertThat(way.log(task)).isEqualTo(lines);
        }
        List<?> events = expected.get("events") instanceof List<?> list ? list : List.of();
        assertThat(way.events().of(task, events.size(), true)).isEqualTo(events);
    }

    /// Of a declaration, what the engine stores with the steps of templates.
    private static Map<String, Object> stored(Map<?, ?> declaration) {
        Map<String, Object> stored = new LinkedHashMap<>();
        declaration.forEach((key, value) -> {
            switch (key.toString()) {
                case "retryable", "retry_limit", "backoff", "timeout_seconds", "concurrency", "custom_events" ->
                    stored.put(key.toString(), value);
                default -> {}
            }
        });
        return stored;
    }

    /// `[level, message, fields]` as a way tells it. The fields come from a script in the database, and `jsonb` puts
    /// shorter keys first.
    private static String line(Object expected) {
        List<?> line = (List<?>) expected;
        StringBuilder text = new StringBuilder(line.get(0).toString().toUpperCase(Locale.ROOT)).append(' ');
        ((Map<?, ?>) line.get(2))
                .entrySet().stream()
                        .sorted(Comparator.comparingInt(
                                field -> field.getKey().toString().length()))
                        .forEach(field -> text.append(field).append(' '));
        return text.append(line.get(1)).toString();
    }

    // ---- Attempts that are given up ----

    /// The engine does not keep what an attempt returns that it has given up: the handler waits for that, and then
    /// tells
    /// its log what comes of the script.
    private static Map<String, Object> toldInTheLog(Map<String, Object> config) {
        Object script = List.of("rescue", config.get("process"));
        Map<String, Object> told = new LinkedHashMap<>(config);
        told.put(
                "process",
                List.of("do", List.of("until_cancelled"), List.of("log", "info", "seen", Map.of("value", script))));
        return told;
    }

    private void checkCancelled(TaskId task) {
        desk.await(task, seen -> Desk.step(seen, STEP).state() == StepState.IN_PROGRESS);
        desk.act(new StepAction.Cancel(), task, STEP);
        Object value = expected.containsKey("results") ? expected.get("results") : List.of("cancelled");
        List<String> lines = Desk.await(() -> way.log(task), seen -> !seen.isEmpty());
        assertThat(lines).containsExactly("INFO value=" + value + " seen");
        assertThat(Desk.step(desk.look(task), STEP).state()).isEqualTo(StepState.CANCELLED);
    }
}
