package dev.tasker.event;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One thing that happened, told after its commit.
///
/// @param name      as in the [EventCatalog], for example `step.completed`
/// @param at        for a transition the time of the database
/// @param task      null where it is about no task, for example `handler.registered`
/// @param template  of the task; null where the task is
/// @param step      null where it is about no single step
/// @param fromState null where nothing changed its state, and where a task was created
/// @param toState   null where nothing changed its state
/// @param payload   JSON-like facts, `event_type` and `timestamp` among them; never results or contexts
public record LifecycleEvent(
        String name,
        Instant at,
        @Nullable TaskId task,
        @Nullable TemplateKey template,
        @Nullable StepRef step,
        @Nullable String fromState,
        @Nullable String toState,
        Map<String, @Nullable Object> payload) {
    /// A step by id and name.
    public record StepRef(StepId id, String name) {}

    public LifecycleEvent {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("event_type", name);
        facts.put("timestamp", at.toString());
        facts.putAll(payload);
        facts.values().removeIf(value -> value == null);
        payload = Collections.unmodifiableMap(facts);
    }

    /// An event that changed no state.
    public static LifecycleEvent of(
            String name, Instant at, EventSubject subject, Map<String, ? extends @Nullable Object> facts) {
        return moved(name, at, subject, new Move(null, null), facts);
    }

    static LifecycleEvent moved(
            String name, Instant at, EventSubject subject, Move move, Map<String, ? extends @Nullable Object> facts) {
        Map<String, @Nullable Object> payload = new LinkedHashMap<>(subject.facts());
        payload.put("from_state", move.from());
        payload.put("to_state", move.to());
        payload.putAll(facts);
        return new LifecycleEvent(
                name, at, subject.task(), subject.template(), subject.step(), move.from(), move.to(), payload);
    }

    /// A change of state.
    record Move(@Nullable String from, @Nullable String to) {}

    public boolean isAbout(TaskId other) {
        return other.equals(task);
    }

    /// Whether it tells that a task or a step changed its state.
    public boolean isTransition() {
        return toState != null;
    }

    /// A text of the payload.
    public Optional<String> text(String key) {
        return Optional.ofNullable(payload.get(key)).map(String::valueOf);
    }

    /// A number of the payload; empty where it is absent or something else.
    public Optional<Number> number(String key) {
        return payload.get(key) instanceof Number number ? Optional.of(number) : Optional.empty();
    }

    /// The attempt of the step, from 1.
    public Optional<Integer> attempt() {
        return number("attempt_number").map(Number::intValue);
    }

    /// When the next attempt is due, after a failure that allows one.
    public Optional<Instant> retriesAt() {
        return text("retries_at").map(Instant::parse);
    }
}
