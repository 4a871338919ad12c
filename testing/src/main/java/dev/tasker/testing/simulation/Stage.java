package dev.tasker.testing.simulation;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.StepTemplate;
import dev.tasker.testing.database.Inspection;
import dev.tasker.testing.database.StepFacts;
import dev.tasker.transition.StepState;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The tasks of one schedule: their names, and their steps as the database had them after the last two turns.
final class Stage {
    private final Inspection inspection;
    private final Map<TaskId, RegisteredTemplate> tasks = new LinkedHashMap<>();
    private final Map<TaskId, String> names = new HashMap<>();
    private Map<StepId, StepFacts> before = Map.of();
    private Map<StepId, StepFacts> now = Map.of();

    Stage(Inspection inspection) {
        this.inspection = inspection;
    }

    void add(TaskId task, RegisteredTemplate template) {
        names.put(task, String.valueOf((char) ('A' + tasks.size())));
        tasks.put(task, template);
    }

    Set<TaskId> tasks() {
        return tasks.keySet();
    }

    /// Reads the steps anew.
    void look() {
        before = now;
        now = new LinkedHashMap<>();
        inspection.steps(tasks.keySet()).forEach(step -> now.put(step.id(), step));
    }

    /// The audit trail so far.
    List<Inspection.Move> trail() {
        return inspection.trail(tasks.keySet());
    }

    Collection<StepFacts> steps() {
        return now.values();
    }

    StepFacts step(StepId id) {
        return known(now, id);
    }

    /// A step as it was before the last turn; as it is now where there was none.
    StepFacts before(StepId id) {
        return before.containsKey(id) ? known(before, id) : step(id);
    }

    List<StepFacts> stepsOf(TaskId task) {
        return now.values().stream().filter(step -> step.task().equals(task)).toList();
    }

    StepTemplate template(StepFacts step) {
        RegisteredTemplate template = tasks.get(step.task());
        if (template == null) {
            throw new IllegalStateException("task " + step.task() + " is of another schedule");
        }
        return template.template().step(step.name());
    }

    boolean isClaimable(StepFacts step, Instant moment) {
        return step.claimable() && !step.dueAt().isAfter(moment);
    }

    /// Whether every task has ended and no attempt is left open.
    boolean isOver() {
        return now.values().stream()
                .allMatch(step -> step.taskState().isTerminal() && step.state() != StepState.IN_PROGRESS);
    }

    String name(TaskId task) {
        return names.getOrDefault(task, "?");
    }

    String name(StepId id) {
        StepFacts step = now.get(id);
        return step == null ? "?" : name(step.task()) + "." + step.name();
    }

    private static StepFacts known(Map<StepId, StepFacts> steps, StepId id) {
        StepFacts step = steps.get(id);
        if (step == null) {
            throw new IllegalStateException("step " + id + " is of another schedule");
        }
        return step;
    }
}
