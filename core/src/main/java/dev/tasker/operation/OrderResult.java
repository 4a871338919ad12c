package dev.tasker.operation;

import java.util.List;

/// What came of an order.
///
/// @param answers one per task, by id; or one for the step
/// @param changes every transition, in the order of events
public record OrderResult(List<Answer> answers, List<Change> changes) {
    public OrderResult {
        answers = List.copyOf(answers);
        changes = List.copyOf(changes);
    }
}
