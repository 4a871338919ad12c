package dev.tasker.readiness;

import dev.tasker.transition.StepState;
import java.util.List;
import java.util.function.Predicate;

/// The readiness of the steps of a task, in topological order, and the groups among them.
public record StepReadinessList(List<StepReadiness> steps) {
    public StepReadinessList {
        steps = List.copyOf(steps);
    }

    /// Steps that may be claimed at this moment.
    public List<StepReadiness> ready() {
        return only(StepReadiness::readyForExecution);
    }

    /// Steps still to run that depend on others which have not been completed.
    public List<StepReadiness> blockedByDependencies() {
        return only(step -> isToRun(step) && !step.dependenciesSatisfied());
    }

    /// Failed steps that have no attempt left, or whose next one is not due.
    public List<StepReadiness> blockedByRetry() {
        return only(
                step -> step.state() == StepState.ERROR && step.dependenciesSatisfied() && !step.readyForExecution());
    }

    public List<StepReadiness> pending() {
        return only(step -> step.state() == StepState.PENDING);
    }

    public List<StepReadiness> failed() {
        return only(step -> step.state() == StepState.ERROR);
    }

    public List<StepReadiness> inProgress() {
        return only(step -> step.state() == StepState.IN_PROGRESS);
    }

    /// Steps that let their children run.
    public List<StepReadiness> complete() {
        return only(step -> step.state().satisfiesDependency());
    }

    private static boolean isToRun(StepReadiness step) {
        return step.state() == StepState.PENDING || step.state() == StepState.ERROR;
    }

    private List<StepReadiness> only(Predicate<StepReadiness> predicate) {
        return steps.stream().filter(predicate).toList();
    }
}
