package dev.tasker.testing.simulation;

import dev.tasker.identity.TaskId;
import dev.tasker.testing.database.StepFacts;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.List;

/// What must hold for the rows of a task after every turn, whatever the turn was.
final class RowRules {
    private final Stage stage;

    RowRules(Stage stage) {
        this.stage = stage;
    }

    void check(Instant now) {
        stage.steps().forEach(step -> {
            countersAgree(step, now);
            attemptIsLegal(step);
            endIsFinal(step);
        });
        stage.tasks().forEach(this::taskIsSettled);
    }

    /// The counters that the wave keeps say what the readiness functions derive.
    private void countersAgree(StepFacts step, Instant now) {
        StepFacts.Derived derived = step.derived();
        int unmet = derived.parents() - derived.satisfied();
        boolean canRun = step.taskState().isLive() && waitsToRun(step) && unmet == 0 && derived.retryEligible();
        require(step.unmet() == unmet, step, "waits for " + unmet + " parents, but its row says " + step.unmet());
        require(
                step.claimable() == canRun,
                step,
                (canRun ? "can run" : "cannot run") + ", but its row says claimable = " + step.claimable());
        require(
                stage.isClaimable(step, now) == derived.ready(),
                step,
                "is due at " + step.dueAt() + ", and the readiness function says ready = " + derived.ready());
    }

    private void attemptIsLegal(StepFacts step) {
        boolean running = step.state() == StepState.IN_PROGRESS;
        int attemptsMax = Math.max(1, step.retryLimit());
        require(step.attempts() <= attemptsMax, step, "had " + step.attempts() + " attempts of " + attemptsMax);
        require(!running || step.unmet() == 0, step, "runs before its parents have ended");
        require(running == step.leaseUntil().isPresent(), step, "must hold a lease exactly while it runs");
    }

    /// What has ended stays as it is: a step completes once.
    private void endIsFinal(StepFacts step) {
        StepFacts earlier = stage.before(step.id());
        if (earlier.state().satisfiesDependency()) {
            require(step.state() == earlier.state(), step, "was " + earlier.state() + " and has changed");
            require(
                    String.valueOf(step.results()).equals(String.valueOf(earlier.results())),
                    step,
                    "has other results than those that it completed with");
        }
        if (earlier.taskState().isTerminal()) {
            require(step.taskState() == earlier.taskState(), step, "belongs to a task that had ended and has changed");
            boolean claimed = !step.claim().equals(earlier.claim());
            require(!claimed, step, "was claimed after its task had ended");
        }
    }

    /// No task is left open that has ended, and none is ended that could go on.
    private void taskIsSettled(TaskId task) {
        List<StepFacts> steps = stage.stepsOf(task);
        TaskState state = steps.getFirst().taskState();
        boolean satisfied = steps.stream().allMatch(step -> step.state().satisfiesDependency());
        boolean blocked = steps.stream().anyMatch(StepFacts::isBlocked);
        boolean goesOn = steps.stream().anyMatch(RowRules::mayStillRun);
        boolean failFast = steps.getFirst().failFast();
        TaskState expected = satisfied
                ? TaskState.COMPLETE
                : blocked && (failFast || !goesOn) ? TaskState.ERROR : TaskState.IN_PROGRESS;
        boolean agrees = state.isLive() ? expected == TaskState.IN_PROGRESS : state == expected;
        // A task that failed fast may still see its running attempts succeed.
        boolean endedBefore = stage.before(steps.getFirst().id()).taskState().isTerminal();
        if (!agrees && !endedBefore) {
            throw new AssertionError(
                    "task " + stage.name(task) + " is " + state.key() + ", but its steps say " + expected.key());
        }
    }

    private static boolean mayStillRun(StepFacts step) {
        return step.state() == StepState.IN_PROGRESS
                || (waitsToRun(step)
                        && step.derived().parents() == step.derived().satisfied()
                        && step.derived().retryEligible());
    }

    private static boolean waitsToRun(StepFacts step) {
        return step.state() == StepState.PENDING || step.state() == StepState.ERROR;
    }

    private void require(boolean holds, StepFacts step, String problem) {
        if (!holds) {
            throw new AssertionError(
                    "step " + stage.name(step.id()) + " (" + step.state().key() + ") " + problem);
        }
    }
}
