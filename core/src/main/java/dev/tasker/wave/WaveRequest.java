package dev.tasker.wave;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One call of the wave.
///
/// @param freeSlots  how many more steps of each handler the worker takes, in the order in which they are served
/// @param running    how many attempts of each handler the worker is running, for limits of concurrency
/// @param claimLimit how many steps are claimed at most, 0 to [#CLAIMS_MAX]
/// @param lease      how long the claims hold without renewal
/// @param onlyTask   claim steps of this task only
/// @param from       where an earlier wave has found the first step that waits for a handler, or none: nothing is
///     looked for before it. From the beginning for handlers that are not in it
public record WaveRequest(
        List<Outcome> outcomes,
        WorkerId worker,
        Map<HandlerKey, Integer> freeSlots,
        Map<HandlerKey, Integer> running,
        int claimLimit,
        Duration lease,
        Optional<TaskId> onlyTask,
        Map<HandlerKey, FirstWaiting> from) {
    /// Bounds of one wave.
    public static final int OUTCOMES_MAX = 200;

    public static final int CLAIMS_MAX = 200;

    public WaveRequest {
        outcomes = List.copyOf(outcomes);
        freeSlots = new LinkedHashMap<>(freeSlots);
        running = Map.copyOf(running);
        from = Map.copyOf(from);
        if (outcomes.size() > OUTCOMES_MAX || claimLimit < 0 || claimLimit > CLAIMS_MAX) {
            throw new IllegalArgumentException("a wave takes at most " + OUTCOMES_MAX + " outcomes and " + CLAIMS_MAX
                    + " claims, not " + outcomes.size() + " and " + claimLimit);
        }
    }

    /// A call of a worker that runs nothing else.
    public WaveRequest(
            List<Outcome> outcomes,
            WorkerId worker,
            Map<HandlerKey, Integer> freeSlots,
            int claimLimit,
            Duration lease,
            Optional<TaskId> onlyTask) {
        this(outcomes, worker, freeSlots, Map.of(), claimLimit, lease, onlyTask, Map.of());
    }

    /// A call that records and claims nothing.
    public static WaveRequest recordOnly(List<Outcome> outcomes, WorkerId worker, Duration lease) {
        return new WaveRequest(outcomes, worker, Map.of(), 0, lease, Optional.empty());
    }
}
