package dev.tasker.db.test.history;

import java.util.List;

/// A registered template, as stories need it.
///
/// @param weight how many of a hundred tasks are made from it
/// @param steps  in topological order
record Shape(String name, long namedTaskId, int weight, List<ShapeStep> steps) {
    Shape {
        steps = List.copyOf(steps);
    }

    /// A step of it.
    ///
    /// @param parents places in the list of steps
    record ShapeStep(
            String name,
            long namedStepId,
            long templateStepId,
            String handlerKey,
            boolean skippable,
            boolean retryable,
            int retryLimit,
            List<Integer> parents) {
        ShapeStep {
            parents = List.copyOf(parents);
        }
    }
}
