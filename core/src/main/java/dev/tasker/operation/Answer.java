package dev.tasker.operation;

import java.util.Optional;

/// What came of an order for one task or one step.
///
/// @param id        of the task or the step
/// @param found     the state that was found; empty where it does not exist
/// @param taskState of a step that was refused: its task, which has ended
/// @param obstacle  why it was refused although the state would allow it
public record Answer(
        Verdict verdict, long id, Optional<String> found, Optional<String> taskState, Optional<String> obstacle) {
    /// The four outcomes of an order.
    public enum Verdict {
        DONE,
        /// It is in that state already.
        ALREADY,
        /// Its state, or something else, does not allow it.
        REFUSED,
        NOT_FOUND
    }
}
