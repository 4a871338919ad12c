package dev.tasker.testing.database;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What stands on the row of a step, beside what the readiness functions derive for it.
///
/// @param claimable  may be claimed as soon as it is due; kept by the wave
/// @param unmet      how many parents it waits for; kept by the wave
/// @param claim      of the latest attempt
/// @param leaseUntil while an attempt holds it
public record StepFacts(
        TaskId task,
        TaskState taskState,
        boolean failFast,
        StepId id,
        String name,
        String handlerKey,
        StepState state,
        boolean claimable,
        int unmet,
        Instant dueAt,
        int attempts,
        int retryLimit,
        Optional<ClaimId> claim,
        Optional<Instant> leaseUntil,
        @Nullable String results,
        Derived derived) {

    /// The same facts as the readiness functions see them: from edges, states and times alone.
    public record Derived(StepState state, int parents, int satisfied, boolean retryEligible, boolean ready) {}

    /// Whether it failed and no further attempt follows.
    public boolean isBlocked() {
        return state == StepState.CANCELLED || (state == StepState.ERROR && !derived.retryEligible());
    }
}
