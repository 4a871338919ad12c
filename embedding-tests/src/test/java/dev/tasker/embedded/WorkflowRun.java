package dev.tasker.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.TaskAction;
import dev.tasker.polyglot.conformance.ExpectedError;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A case of `conformance/workflows` as a task of one way to run it.
final class WorkflowRun {
    private static final String TEMPLATE = "conformance.workflow@1.0.0";
    /// Keeps cases quick; what depends on it says so itself.
    private static final Map<String, Object> SOON = Map.of("strategy", "fixed", "base_seconds", 0.05, "jitter", 0);
    private static final double MILLIS = 0.001;

    private static final String DUE_IN = """
            SELECT to_json(round(extract(epoch FROM due_at - last_failure_at), 3)::float)::text
              FROM tasker.workflow_steps
             WHERE task_id = ? AND name = ?""";

    private final WayToRun way;
    private final Desk desk;
    private final WorkflowCase given;
    private final Map<?, ?> expected;
    private final Path folder;

    WorkflowRun(WayToRun way, Desk desk, WorkflowCase given, Path folder) {
        this.way = way;
        this.desk = desk;
        this.given = given;
        this.expected = given.map("expect");
        this.folder = folder;
    }

    void check() throws Exception {
        way.register(template());
        TaskId task = desk.draft(TEMPLATE, request());
        try {
            desk.act(new TaskAction.Launch(), task);
            given.list("operate").forEach(order -> operate(task, (Map<?, ?>) order));
            check(task, desk.await(task, this::isAsExpected));
        } finally {
            desk.putAway(task);
        }
    }

    // ---- The workflow ----

    private Path template() throws Exception {
        Map<Object, Object> template = new LinkedHashMap<>(given.map("template"));
        template.put("name", "workflow");
        template.put("namespace_name", "conformance");
        template.put("version", "1.0.0");
        template.put("default_runtime", way.runtime().key());
        template.put(
                "step_templates",
                given.list("steps").stream().map(step -> step((Map<?, ?>) step)).toList());
        return Files.writeString(folder.resolve("workflow.yaml"), Json.write(template));
    }

    /// What is no script is a key of the template.
    private Map<Object, Object> step(Map<?, ?> written) {
        Map<Object, Object> step = new LinkedHashMap<>();
        step.put("backoff", SOON);
        step.putAll(written);
        Object handler = step.remove("handler");
        step.putAll(way.handler(handler == null ? "Conformance" : handler.toString()));
        Map<Object, Object> config = new LinkedHashMap<>();
        if (step.remove("handler_config") instanceof Map<?, ?> more) {
            config.putAll(more);
        }
        for (String script : List.of("process", "process_results")) {
            if (step.containsKey(script)) {
                config.put(script, step.remove(script));
            }
        }
        step.put("handler_config", config);
        return step;
    }

    private Map<String, Object> request() {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("context", Map.of());
        given.map("request").forEach((key, value) -> request.put(key.toString(), value));
        request.put("draft", true);
        return request;
    }

    // ---- What an operator does ----

    private void operate(TaskId task, Map<?, ?> order) {
        Map<?, ?> when = (Map<?, ?>) order.get("when");
        desk.await(task, seen -> stateOf(seen, (String) when.get("step")).equals(when.get("state")));
        String step = (String) order.get("step");
        switch (order.get("do").toString()) {
            case "cancel_task" -> desk.act(new TaskAction.Cancel(), task);
            case "pause_task" -> desk.act(new TaskAction.Pause(), task);
            case "resume_task" -> desk.act(new TaskAction.Resume(), task);
            case "retry_task" -> desk.act(new TaskAction.Retry(false), task);
            case "resolve_task" -> desk.act(new TaskAction.Resolve(), task);
            case "retry_step" -> desk.act(new StepAction.Retry(false), task, step);
            case "resolve_step" -> desk.act(new StepAction.Resolve(), task, step);
            case "complete_step" -> desk.act(new StepAction.Complete(order.get("results")), task, step);
            case "skip_step" -> desk.act(new StepAction.Skip(), task, step);
            case "cancel_step" -> desk.act(new StepAction.Cancel(), task, step);
            default -> throw new IllegalArgumentException("an operator cannot do " + order.get("do"));
        }
    }

    /// Of a step, or of the task where none is named.
    private static String stateOf(TaskSnapshot task, String step) {
        return step == null
                ? task.summary().state().key()
                : Desk.step(task, step).state().key();
    }

    // ---- What came of it ----

    private boolean isAsExpected(TaskSnapshot task) {
        return task.summary().state().key().equals(expected.get("task"))
                && expectedSteps().entrySet().stream().allMatch(step -> {
                    StepSnapshot seen = Desk.step(task, step.getKey());
                    Object attempts = step.getValue().get("attempts");
                    return seen.state().key().equals(step.getValue().get("state"))
                            && (attempts == null || attempts.equals(seen.attempts()));
                });
    }

    private Map<String, Map<?, ?>> expectedSteps() {
        Map<String, Map<?, ?>> steps = new LinkedHashMap<>();
        ((Map<?, ?>) expected.get("steps")).forEach((name, step) -> steps.put(name.toString(), (Map<?, ?>) step));
        return steps;
    }

    private void check(TaskId task, TaskSnapshot seen) throws Exception {
        assertThat(seen.summary().state().key())
                .as("state of the task, with %s", seen.steps())
                .isEqualTo(expected.get("task"));
        for (Map.Entry<String, Map<?, ?>> step : expectedSteps().entrySet()) {
            checkStep(task, seen, step.getKey(), step.getValue());
        }
        if (expected.containsKey("trail")) {
            assertThat(trail(seen, Optional.empty())).isEqualTo(expected.get("trail"));
        }
        checkOrder(seen);
        List<?> events = expected.get("events") instanceof List<?> list ? list : List.of();
        assertThat(way.events().of(task, events.size(), hasEnded(seen))).isEqualTo(events);
    }

    private static boolean hasEnded(TaskSnapshot task) {
        return task.transitions().stream()
                .filter(change -> change.stepName().isPresent())
                .anyMatch(change -> change.fromState().equals("in_progress")
                        && !change.toState().equals("cancelled"));
    }

    private void checkStep(TaskId task, TaskSnapshot seen, String name, Map<?, ?> parts) throws SQLException {
        StepSnapshot step = Desk.step(seen, name);
        assertThat(step.state().key()).as("state of %s", step).isEqualTo(parts.get("state"));
        for (Map.Entry<?, ?> part : parts.entrySet()) {
            switch (part.getKey().toString()) {
                case "attempts" ->
                    assertThat(step.attempts()).as("attempts of %s", name).isEqualTo(part.getValue());
                case "results" ->
                    assertThat(step.results()).as("results of %s", name).isEqualTo(part.getValue());
                case "error" -> ExpectedError.check((Map<?, ?>) step.error(), (Map<?, ?>) part.getValue());
                case "checkpoint" ->
                    assertThat(desk.checkpoint(task, name))
                            .as("checkpoint of %s", name)
                            .isEqualTo(part.getValue());
                case "due_in" ->
                    assertThat(((Number) desk.read(DUE_IN, task.value(), name)).doubleValue())
                            .as("seconds until %s is due", name)
                            .isCloseTo(((Number) part.getValue()).doubleValue(), within(MILLIS));
                case "trail" ->
                    assertThat(trail(seen, Optional.of(name)))
                            .as("trail of %s", name)
                            .isEqualTo(part.getValue());
                default -> {}
            }
        }
        if (!parts.containsKey("error")) {
            assertThat(step.error()).as("error of %s", name).isNull();
        }
    }

    private static List<String> trail(TaskSnapshot task, Optional<String> step) {
        return changes(task, step).stream()
                .map(change -> change.fromState() + ">" + change.toState())
                .toList();
    }

    private static List<TransitionSnapshot> changes(TaskSnapshot task, Optional<String> step) {
        return task.transitions().stream()
                .filter(change -> change.stepName().equals(step))
                .toList();
    }

    /// In every case: no step begins before those have ended that it depends on.
    private static void checkOrder(TaskSnapshot task) {
        for (StepSnapshot step : task.steps()) {
            List<TransitionSnapshot> own = changes(task, Optional.of(step.name()));
            Optional<Long> begun = own.stream()
                    .filter(change -> change.toState().equals("in_progress"))
                    .map(TransitionSnapshot::id)
                    .findFirst();
            begun.ifPresent(id -> step.dependsOn()
                    .forEach(parent -> assertThat(
                                    changes(task, Optional.of(parent)).getLast().id())
                            .as("the end of %s, before %s begins", parent, step.name())
                            .isLessThan(id)));
        }
    }
}
