package dev.tasker.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Which step waits for which, by name.
public final class StepGraph {
    private final Map<String, List<String>> parents;

    /// @param parents for each step the steps it depends on; each of them is a key too
    public StepGraph(Map<String, List<String>> parents) {
        this.parents = new LinkedHashMap<>(parents);
    }

    /// Parents before children; steps that do not depend on each other keep the order in which they were given.
    public List<String> topologicalOrder() {
        // Kahn's algorithm, always taking the earliest-written step that is free, so that the order is stable.
        List<String> order = new ArrayList<>();
        Set<String> placed = new HashSet<>();
        Deque<String> left = new ArrayDeque<>(parents.keySet());
        while (!left.isEmpty()) {
            List<String> free = left.stream()
                    .filter(step -> placed.containsAll(parentsOf(step)))
                    .toList();
            if (free.isEmpty()) {
                throw new IllegalStateException("the graph has a cycle; check findCycle first");
            }
            order.addAll(free);
            placed.addAll(free);
            left.removeAll(placed);
        }
        return order;
    }

    /// A cycle as the names along it, first and last the same; empty where there is none.
    public Optional<List<String>> findCycle() {
        Set<String> done = new HashSet<>();
        for (String start : parents.keySet()) {
            Optional<List<String>> cycle = walk(start, done);
            if (cycle.isPresent()) {
                return cycle;
            }
        }
        return Optional.empty();
    }

    // Depth-first along the parents, without recursion: a template may be a chain of thousands of steps.
    private Optional<List<String>> walk(String start, Set<String> done) {
        List<String> trail = new ArrayList<>();
        Deque<Deque<String>> pending = new ArrayDeque<>();
        pending.push(new ArrayDeque<>(List.of(start)));
        while (!pending.isEmpty()) {
            String step = pending.element().poll();
            if (step == null) {
                pending.pop();
                if (!trail.isEmpty()) {
                    done.add(trail.removeLast());
                }
            } else if (trail.contains(step)) {
                return Optional.of(cycleThrough(step, trail));
            } else if (!done.contains(step)) {
                trail.add(step);
                pending.push(new ArrayDeque<>(parentsOf(step)));
            }
        }
        return Optional.empty();
    }

    /// The trail runs from child to parent; the message reads better in the order of execution.
    private static List<String> cycleThrough(String step, List<String> trail) {
        List<String> cycle = new ArrayList<>(trail.subList(trail.indexOf(step), trail.size()));
        cycle.add(step);
        return cycle.reversed();
    }

    private Collection<String> parentsOf(String step) {
        return parents.getOrDefault(step, List.of());
    }
}
