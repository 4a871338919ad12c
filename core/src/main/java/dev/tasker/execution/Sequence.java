package dev.tasker.execution;

import org.jspecify.annotations.Nullable;

/// The steps that come before the running one. Safe from any thread; a farther ancestor than a direct parent may
/// cost one database read, once per attempt.
public interface Sequence {
    /// What the named ancestor stored.
    ///
    /// @throws dev.tasker.error.PermanentError STEP_NOT_AN_ANCESTOR, where no path leads from that step to this one
    default @Nullable Object resultsOf(String stepName) {
        return findStepByName(stepName).results();
    }

    /// Finds an earlier step.
    ///
    /// @throws dev.tasker.error.PermanentError STEP_NOT_AN_ANCESTOR, where no path leads from that step to this one
    Ancestor findStepByName(String stepName);

    /// One earlier step: its name, its state (for example `complete` or `skipped`) and its results.
    record Ancestor(String name, String state, @Nullable Object results) {}
}
