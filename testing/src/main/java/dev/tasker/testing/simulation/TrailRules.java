package dev.tasker.testing.simulation;

import dev.tasker.identity.StepId;
import dev.tasker.testing.database.Inspection.Move;
import dev.tasker.testing.database.StepFacts;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the audit trail must tell at the end: a legal story of every step and task, in the right order.
final class TrailRules {
    private final Stage stage;
    private final Map<StepId, StepState> states = new HashMap<>();
    private final Map<StepId, Integer> attempts = new HashMap<>();
    private final Map<String, TaskState> tasks = new HashMap<>();
    private final Set<String> satisfied = new HashSet<>();

    TrailRules(Stage stage) {
        this.stage = stage;
    }

    void check(List<Move> trail) {
        long last = 0;
        for (Move move : trail) {
            require(move.id() > last, "two transitions have one id");
            last = move.id();
            move.step().ifPresentOrElse(step -> follow(step, move), () -> followTask(move));
        }
        stage.steps().forEach(this::endsWhereTheRowIs);
    }

    private void follow(StepId id, Move move) {
        String name = stage.name(id);
        StepState from = StepState.of(move.from());
        StepState to = StepState.of(move.to());
        StepState known = states.getOrDefault(id, StepState.PENDING);
        require(known == from, name + " was " + known.key() + " when its trail says " + move.from());
        require(StepTransitions.TABLE.allows(from, to), name + " made no legal move: " + move.from() + ">" + move.to());
        if (to == StepState.IN_PROGRESS) {
            attempts.merge(id, 1, Integer::sum);
            parentsAreSatisfied(id, name);
        }
        if (from == StepState.IN_PROGRESS && to == StepState.PENDING) {
            attempts.merge(id, -1, Integer::sum);
        }
        if (to.satisfiesDependency()) {
            satisfied.add(name);
        }
        states.put(id, to);
    }

    private void parentsAreSatisfied(StepId id, String name) {
        StepFacts step = stage.step(id);
        for (String parent : stage.template(step).dependsOn()) {
            require(
                    satisfied.contains(stage.name(step.task()) + "." + parent),
                    name + " began before its parent " + parent + " had ended");
        }
    }

    private void followTask(Move move) {
        String name = stage.name(move.task());
        TaskState from = TaskState.of(move.from());
        TaskState to = TaskState.of(move.to());
        TaskState known = tasks.getOrDefault(name, TaskState.PENDING);
        require(known == from, "task " + name + " was " + known.key() + " when its trail says " + move.from());
        require(
                TaskTransitions.TABLE.allows(from, to),
                "task " + name + " made no legal move: " + move.from() + ">" + move.to());
        tasks.put(name, to);
    }

    private void endsWhereTheRowIs(StepFacts step) {
        String name = stage.name(step.id());
        StepState told = states.getOrDefault(step.id(), StepState.PENDING);
        require(told == step.state(), name + " is " + step.state().key() + ", but its trail ends with " + told.key());
        int count = attempts.getOrDefault(step.id(), 0);
        require(count == step.attempts(), name + " had " + count + " attempts, but counts " + step.attempts());
        TaskState task = tasks.getOrDefault(stage.name(step.task()), TaskState.PENDING);
        require(
                task == step.taskState(),
                "task " + stage.name(step.task()) + " is " + step.taskState().key() + ", but its trail ends with "
                        + task.key());
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new AssertionError(problem);
        }
    }
}
