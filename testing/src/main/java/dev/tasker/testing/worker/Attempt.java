package dev.tasker.testing.worker;

import dev.tasker.identity.ClaimId;
import dev.tasker.wave.ClaimedStep;
import java.time.Instant;

/// An attempt that a worker is running.
///
/// @param startedAt when the worker claimed it
public record Attempt(ClaimedStep claimed, Instant startedAt) {
    public ClaimId claim() {
        return claimed.claim();
    }

    /// When the engine takes it for failed.
    public Instant timesOutAt() {
        return startedAt.plus(claimed.timeout());
    }
}
