package dev.tasker.wave;

import dev.tasker.event.EventSubject;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import java.time.Instant;
import java.util.List;

/// What a sweep took away from workers that had stopped renewing, after its commit.
///
/// @param tasks tasks that were settled, because a step had no attempt left
public record ExpiredLeases(List<ExpiredStep> steps, List<TaskVerdict> tasks) {
    public static final ExpiredLeases NONE = new ExpiredLeases(List.of(), List.of());

    public ExpiredLeases {
        steps = List.copyOf(steps);
        tasks = List.copyOf(tasks);
    }

    /// A step whose lease had run out.
    ///
    /// @param worker    who held the claim
    /// @param runsAgain whether an attempt is left
    public record ExpiredStep(EventSubject subject, ClaimId claim, String worker, boolean runsAgain, Instant at) {}
}
