package dev.tasker.transition;

import java.util.List;
import java.util.Optional;

/// All legal moves of one machine. Immutable.
public final class TransitionTable<S extends Enum<S>, E extends Enum<E>> {
    private final List<Transition<S, E>> transitions;

    TransitionTable(List<Transition<S, E>> transitions) {
        this.transitions = List.copyOf(transitions);
    }

    public List<Transition<S, E>> transitions() {
        return transitions;
    }

    /// The move that `event` makes from `from`; empty where it is not allowed.
    public Optional<Transition<S, E>> on(S from, E event) {
        return transitions.stream()
                .filter(transition -> transition.from() == from && transition.event() == event)
                .findFirst();
    }

    public boolean allows(S from, S to) {
        return transitions.stream().anyMatch(transition -> transition.from() == from && transition.to() == to);
    }
}
