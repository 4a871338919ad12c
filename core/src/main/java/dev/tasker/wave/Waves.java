package dev.tasker.wave;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.WorkerId;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What the engine asks of the database while it runs. Safe from any thread; every call blocks for one statement in
/// a transaction of its own.
public interface Waves {
    /// Runs one wave.
    ///
    /// @throws dev.tasker.error.StoreUnavailableException the database could not be reached, or the answer was
    ///     lost: the outcomes may or may not be recorded, and can be sent again (what was recorded is then refused)
    WaveResult advance(WaveRequest request);

    /// Prolongs leases, and tells which claims still hold, and which handlers are to be stopped. Waits for nobody
    /// who has locked a step: see [Renewal#behind].
    Renewal renewLeases(WorkerId worker, Map<ClaimId, StepId> claims, Duration lease);

    /// Takes steps away from workers whose lease has run out.
    ExpiredLeases expireLeases(int limit);

    /// The claims that the database counts as held by a worker, with their steps.
    Map<ClaimId, StepId> heldClaims(WorkerId worker);

    /// Ends tasks whose deadline has passed. Their running handlers are to be stopped; what they still return is
    /// recorded.
    ///
    /// @param limit how many at once; their steps are locked meanwhile
    List<ExpiredTask> expireDeadlines(int limit);
}
