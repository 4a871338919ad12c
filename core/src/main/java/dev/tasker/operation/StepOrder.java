package dev.tasker.operation;

import dev.tasker.identity.StepId;
import dev.tasker.transition.StepState;
import java.util.Set;

/// An action on a step, ready to be carried out.
///
/// @param from a step in another state is left alone
public record StepOrder(StepAction action, StepId step, Set<StepState> from, Operator operator) {
    public StepOrder {
        from = Set.copyOf(from);
    }
}
