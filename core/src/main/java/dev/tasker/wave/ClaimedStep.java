package dev.tasker.wave;

import dev.tasker.execution.Sequence.Ancestor;
import dev.tasker.execution.Step;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.result.Backoff;
import dev.tasker.transition.StepState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A step that was claimed, with all that is needed to run it.
///
/// @param fromState    `pending`, or `error` for a retry
/// @param launchesTask whether this claim started the task
/// @param templateFile the file that the task's template was registered from
/// @param facts        what is known of its task
/// @param retryable    whether another attempt may follow at all
/// @param claimedAt    by the clock of the database
/// @param parents      the direct parents by name
public record ClaimedStep(
        ClaimId claim,
        HandlerKey handlerKey,
        StepState fromState,
        boolean launchesTask,
        Optional<Path> templateFile,
        TaskFacts facts,
        Step step,
        boolean retryable,
        Backoff backoff,
        Duration timeout,
        @Nullable Object previousResults,
        Instant claimedAt,
        Map<String, Ancestor> parents) {

    /// The task of the step.
    public Task task() {
        return facts.task();
    }
}
