package dev.tasker.testing;

import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Checks of one step. A check that fails shows the steps and the whole audit trail.
public final class StepAssert {
    private final TaskAssert task;
    private final StepSnapshot step;

    StepAssert(TaskAssert task, StepSnapshot step) {
        this.task = task;
        this.step = step;
    }

    /// The step is in this state.
    public StepAssert is(StepState state) {
        return check(step.state() == state, "is " + step.state().key() + ", not " + state.key());
    }

    /// It was executed this often; attempts that were given back do not count.
    public StepAssert attempts(int number) {
        return check(step.attempts() == number, "had " + step.attempts() + " attempts, not " + number);
    }

    /// It has stored a value that is equal as JSON.
    public StepAssert results(@Nullable Object value) {
        String actual = TaskAssert.json(step.results());
        String expected = TaskAssert.json(value);
        return check(actual.equals(expected), "has stored " + actual + ", not " + expected);
    }

    /// Its last error contains this text in its message or is its code.
    public StepAssert failedWith(String text) {
        Object error = step.error();
        boolean found = error instanceof Map<?, ?> map
                && (String.valueOf(map.get("message")).contains(text) || text.equals(map.get("error_code")));
        return check(found, "has not failed with " + text + ", but with " + TaskAssert.json(error));
    }

    /// It has made exactly these moves, each written `from>to`.
    public StepAssert trail(String... moves) {
        task.checkTrail(step.name(), moves);
        return this;
    }

    /// Another step is in this state; what follows is about that step.
    public StepAssert stepIs(String name, StepState state) {
        return task.stepIs(name, state);
    }

    /// The task is in this state.
    public TaskAssert taskIs(TaskState state) {
        return task.taskIs(state);
    }

    private StepAssert check(boolean holds, String problem) {
        task.check(holds, "step " + step.name() + " " + problem);
        return this;
    }
}
