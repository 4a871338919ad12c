package dev.tasker.wave;

import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What one wave did, after its commit.
///
/// @param refused  claims whose outcome came too late and was not applied
/// @param recorded steps whose outcome was applied
/// @param tasks    tasks that were settled
/// @param claimed  steps that the caller now runs
/// @param limited  handlers whose ready steps wait for a rate or a requested delay
/// @param left     where it made steps ready that it has not claimed with that: none of them is before this place
/// @param waiting  handlers without a limit for which steps waited, and the first one; or none, where it has
///     looked from the beginning
public record WaveResult(
        List<ClaimId> refused,
        List<Recorded> recorded,
        List<TaskVerdict> tasks,
        List<ClaimedStep> claimed,
        List<Limited> limited,
        Optional<FirstWaiting> left,
        Map<HandlerKey, FirstWaiting> waiting) {
    public static final WaveResult NOTHING = new WaveResult(List.of(), List.of(), List.of(), List.of());

    public WaveResult {
        refused = List.copyOf(refused);
        recorded = List.copyOf(recorded);
        tasks = List.copyOf(tasks);
        claimed = List.copyOf(claimed);
        limited = List.copyOf(limited);
        waiting = Map.copyOf(waiting);
    }

    /// A wave that met no limit, and left nothing to others.
    public WaveResult(
            List<ClaimId> refused, List<Recorded> recorded, List<TaskVerdict> tasks, List<ClaimedStep> claimed) {
        this(refused, recorded, tasks, claimed, List.of(), Optional.empty(), Map.of());
    }

    /// Ready steps of this handler may be claimed after `resumesIn`.
    public record Limited(HandlerKey handler, Duration resumesIn) {}

    /// A step in its new state.
    ///
    /// @param outcome   what was recorded
    /// @param retriesAt set where another attempt follows
    /// @param at        when, by the clock of the database
    public record Recorded(TaskId task, Outcome outcome, StepState state, Optional<Instant> retriesAt, Instant at) {
        public StepId step() {
            return outcome.step();
        }

        public ClaimId claim() {
            return outcome.claim();
        }
    }
}
