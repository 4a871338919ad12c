package dev.tasker.wave;

import dev.tasker.identity.ClaimId;
import java.util.Set;

/// What a worker still holds.
///
/// @param held    the claims that are still its own; one that is missing was lost
/// @param stopped those of `held` whose task has ended: their handlers are to be stopped, and what they still
///     return is recorded
/// @param behind  those of `held` whose leases were not prolonged, because somebody else has locked their
///     steps: to be asked for again soon
public record Renewal(Set<ClaimId> held, Set<ClaimId> stopped, Set<ClaimId> behind) {
    /// No claims.
    public static final Renewal NOTHING = new Renewal(Set.of(), Set.of(), Set.of());

    public Renewal {
        held = Set.copyOf(held);
        stopped = Set.copyOf(stopped);
        behind = Set.copyOf(behind);
    }
}
