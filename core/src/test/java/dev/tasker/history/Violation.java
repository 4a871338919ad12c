package dev.tasker.history;

/// Something that must never be in a history.
///
/// @param text which step or task, and what is wrong with it
public record Violation(Kind kind, String text) {
    /// What rule was broken.
    public enum Kind {
        /// A move that the transition tables do not have.
        ILLEGAL_MOVE,
        /// A move does not start where the one before it ended, or the row is not where the last one ended.
        BROKEN_CHAIN,
        /// A step was recorded as complete more than once.
        COMPLETED_TWICE,
        /// A step was claimed before all its parents were satisfied, or before its task was started.
        TOO_EARLY,
        /// The attempts on the row are not its claims less its releases.
        ATTEMPTS_DIFFER,
        /// One claim id was given out twice.
        CLAIM_REUSED,
        /// An outcome was applied for a claim that was not the current one.
        FOREIGN_CLAIM,
        /// The state of a task does not follow from the states of its steps.
        TASK_DISAGREES
    }
}
