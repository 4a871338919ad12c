package dev.tasker.wave;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What is to be recorded for one claim. It applies only while the claim is the step's current one.
///
/// @param results    JSON text, with a success only
/// @param error      JSON text, with a failure only
/// @param retryDelay counted from the database's clock, with a retryable failure only
/// @param facts      what is known of the step's task, where the step was run; with it the steps that follow need no
/// more
public record Outcome(
        StepId step,
        ClaimId claim,
        Kind kind,
        @Nullable String results,
        @Nullable String error,
        Duration retryDelay,
        @Nullable TaskFacts facts) {
    /// What happened to the claim.
    public enum Kind {
        SUCCESS,
        RETRYABLE_FAILURE,
        PERMANENT_FAILURE,
        /// A worker that stops gracefully gives the step back; the attempt does not count.
        RELEASE
    }

    public static Outcome success(StepId step, ClaimId claim, String results) {
        return new Outcome(step, claim, Kind.SUCCESS, results, null, Duration.ZERO, null);
    }

    public static Outcome retryableFailure(StepId step, ClaimId claim, String error, Duration retryDelay) {
        return new Outcome(step, claim, Kind.RETRYABLE_FAILURE, null, error, retryDelay, null);
    }

    public static Outcome permanentFailure(StepId step, ClaimId claim, String error) {
        return new Outcome(step, claim, Kind.PERMANENT_FAILURE, null, error, Duration.ZERO, null);
    }

    public static Outcome release(StepId step, ClaimId claim) {
        return new Outcome(step, claim, Kind.RELEASE, null, null, Duration.ZERO, null);
    }

    /// The same, with what is known of the task.
    public Outcome with(TaskFacts known) {
        return new Outcome(step, claim, kind, results, error, retryDelay, known);
    }

    /// The task of the step, where it is known: outcomes of one task do not travel in two waves at once.
    public @Nullable TaskId task() {
        return facts == null ? null : facts.task().taskId();
    }
}
