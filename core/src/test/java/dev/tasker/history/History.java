package dev.tasker.history;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The rows of tasks and steps as they stand, and every move that was recorded on the way there.
///
/// @param moves in any order; their ids are the order of events
public record History(List<TaskRow> tasks, List<StepRow> steps, List<Move> moves) {
    public History {
        tasks = List.copyOf(tasks);
        steps = List.copyOf(steps);
        moves = List.copyOf(moves);
    }

    /// A task as it stands.
    public record TaskRow(long id, String state) {}

    /// A step as it stands.
    ///
    /// @param claim   the latest claim
    /// @param parents the ids of the steps that it depends on
    public record StepRow(
            long id, long task, String name, String state, int attempts, Optional<Long> claim, Set<Long> parents) {}

    /// One row of a transition table.
    ///
    /// @param step  empty for a move of the task itself
    /// @param claim the claim that made the move, where one did
    public record Move(
            long id,
            long task,
            Optional<Long> step,
            String from,
            String to,
            Optional<Long> claim,
            int attempt,
            String reason) {
        public boolean isClaim() {
            return to.equals("in_progress");
        }

        /// Whether a lease ran out.
        public boolean isExpiry() {
            return reason.equals("lease_expired");
        }
    }

    /// One attempt at a step, by its number.
    public record Attempt(long step, int number) {}

    /// How often each attempt was claimed.
    public Map<Attempt, Long> claims() {
        return moves.stream()
                .filter(move -> move.isClaim() && move.step().isPresent())
                .collect(groupingBy(move -> new Attempt(move.step().get(), move.attempt()), counting()));
    }
}
