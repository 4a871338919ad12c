package dev.tasker.wave;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import org.jspecify.annotations.Nullable;

/// What attempts leave for the next attempt of their step.
public interface Checkpoints {
    /// Stores a checkpoint, in place of the one before.
    ///
    /// @param checkpoint JSON-like
    /// @return false: the claim is lost, and nothing was stored
    boolean keep(StepId step, ClaimId claim, @Nullable Object checkpoint);

    /// The last checkpoint of a step; null if there is none.
    @Nullable
    Object find(StepId step);
}
