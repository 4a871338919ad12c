package dev.tasker.testing;

import dev.tasker.json.Json;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Checks of one task at one moment. A check that fails shows the steps and the whole audit trail.
public final class TaskAssert {
    private final TaskRun run;
    private final TaskSnapshot task;
    private final Instant now;

    TaskAssert(TaskRun run, TaskSnapshot task, Instant now) {
        this.run = run;
        this.task = task;
        this.now = now;
    }

    /// The task is in this state.
    public TaskAssert taskIs(TaskState state) {
        TaskState actual = task.summary().state();
        return check(actual == state, "the task is " + actual.key() + ", not " + state.key());
    }

    /// A step is in this state; what follows is about that step.
    public StepAssert stepIs(String name, StepState state) {
        StepAssert step = step(name);
        step.is(state);
        return step;
    }

    /// What follows is about this step.
    public StepAssert step(String name) {
        return new StepAssert(
                this,
                task.steps().stream()
                        .filter(step -> step.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError(withTrail("the task has no step " + name))));
    }

    /// The task itself has made exactly these moves, each written `from>to`.
    public TaskAssert taskTrail(String... moves) {
        return checkTrail(null, moves);
    }

    /// The outcomes of exactly these steps came too late and were refused, in this order.
    public TaskAssert refusedOutcomes(String... steps) {
        List<String> actual = run.refusedOutcomes();
        return check(
                actual.equals(List.of(steps)), "outcomes were refused of " + actual + ", not of " + List.of(steps));
    }

    TaskAssert checkTrail(@Nullable String step, String... moves) {
        List<String> actual = TrailText.moves(task, step);
        String owner = step == null ? "the task" : "step " + step;
        return check(actual.equals(List.of(moves)), owner + " went " + actual + ", not " + List.of(moves));
    }

    TaskAssert check(boolean holds, String problem) {
        if (!holds) {
            throw new AssertionError(withTrail(problem));
        }
        return this;
    }

    static String json(@Nullable Object value) {
        return Json.writeCanonical(value);
    }

    private String withTrail(String problem) {
        return problem + "\n" + TrailText.of(task, now);
    }
}
