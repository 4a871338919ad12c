package dev.tasker.transition;

/// One legal move of a state machine.
///
/// @param eventName what is published after the commit
/// @param condition what must hold besides the state, in words; empty where nothing else must
public record Transition<S extends Enum<S>, E extends Enum<E>>(
        S from, E event, S to, String eventName, String condition) {}
