package dev.tasker.query;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One change of state, with the time since the one before of the same task or step.
///
/// @param step          empty for a task's own transitions, and `stepName` too
/// @param sincePrevious empty for the first transition
public record TransitionSummary(
        long id,
        TaskId task,
        Optional<StepId> step,
        Optional<String> stepName,
        String fromState,
        String toState,
        Instant at,
        Map<String, @Nullable Object> metadata,
        Optional<Duration> sincePrevious) {
    public boolean isError() {
        return toState.equals("error");
    }

    /// Whether it completed the task or the step, by itself or by hand.
    public boolean isCompletion() {
        return toState.equals("complete") || toState.equals("resolved_manually");
    }

    public boolean isCancellation() {
        return toState.equals("cancelled");
    }

    /// Whether it gave a failed task or step another chance.
    public boolean isRetry() {
        return fromState.equals("error") && toState.equals("pending");
    }

    /// Which attempt of the step it belongs to; empty for a task's own transitions.
    public Optional<Integer> attempt() {
        return metadata.get("attempt") instanceof Number number ? Optional.of(number.intValue()) : Optional.empty();
    }

    /// How long the attempt took that it ended; empty for any other transition.
    public Optional<Duration> executionDuration() {
        return step.isPresent() && fromState.equals("in_progress") ? sincePrevious : Optional.empty();
    }

    /// For people: what changed, and how.
    public String description() {
        return stepName.map(name -> "step " + name).orElse("task " + task) + ": " + fromState + " to " + toState;
    }
}
