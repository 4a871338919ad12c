package dev.tasker.server.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A graph of steps, without what they do. The number of a step is its place in the list.
///
/// @param name    fits the name of a template
/// @param parents of each step, by number; a parent stands before its children
public record WorkflowShape(String name, List<List<Integer>> parents) {
    static final String STEP_PREFIX = "step_";

    public WorkflowShape {
        parents = parents.stream().map(List::copyOf).toList();
        for (int step = 0; step < parents.size(); step++) {
            for (int parent : parents.get(step)) {
                if (parent < 0 || parent >= step) {
                    throw new IllegalArgumentException("step " + step + " has parent " + parent);
                }
            }
        }
    }

    /// Steps one after the other.
    public static WorkflowShape chain(int steps) {
        return new WorkflowShape(
                "chain_" + steps,
                IntStream.range(0, steps)
                        .mapToObj(step -> step == 0 ? List.<Integer>of() : List.of(step - 1))
                        .toList());
    }

    /// One step, then `width` side by side, then one.
    public static WorkflowShape fanOut(int width) {
        List<List<Integer>> parents = new ArrayList<>();
        parents.add(List.of());
        List<Integer> branches = IntStream.rangeClosed(1, width).boxed().toList();
        branches.forEach(_ -> parents.add(List.of(0)));
        parents.add(branches);
        return new WorkflowShape("fan_out_" + width, parents);
    }

    /// How many steps it has.
    public int size() {
        return parents.size();
    }

    /// The steps that wait for this one.
    public List<Integer> children(int step) {
        return IntStream.range(step + 1, size())
                .filter(child -> parents.get(child).contains(step))
                .boxed()
                .toList();
    }

    /// The name of a step; names sort like numbers.
    public static String stepName(int step) {
        return STEP_PREFIX + "%04d".formatted(step);
    }
}
