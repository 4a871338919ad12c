package dev.tasker.event;

import dev.tasker.event.LifecycleEvent.Move;
import dev.tasker.transition.StepEvent;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import dev.tasker.transition.Transition;
import dev.tasker.transition.TransitionTable;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One row of the audit trail, as durable subscribers read it.
///
/// @param metadata as it was recorded: attempt, worker, reason, error and the like
public record StoredTransition(
        EventPosition position,
        EventSubject subject,
        String fromState,
        String toState,
        Instant at,
        Map<String, @Nullable Object> metadata) {
    private static final String LEASE_EXPIRED = "lease_expired";

    /// The event of this row; empty for a move that the tables do not know.
    public Optional<LifecycleEvent> toEvent() {
        return eventName()
                .map(name -> LifecycleEvent.moved(name, at, subject, new Move(fromState, toState), facts(name)));
    }

    private Optional<String> eventName() {
        return subject.step() == null
                ? TaskTransitions.TABLE.transitions().stream()
                        .filter(move -> move.from() == TaskState.of(fromState) && move.to() == TaskState.of(toState))
                        .findFirst()
                        .map(Transition::eventName)
                : stepEventName(StepTransitions.TABLE);
    }

    /// A lease that ran out and a failure lead to the same state; the reason tells them apart.
    private Optional<String> stepEventName(TransitionTable<StepState, StepEvent> table) {
        boolean expired = LEASE_EXPIRED.equals(metadata.get("reason"));
        return table.transitions().stream()
                .filter(move -> move.from() == StepState.of(fromState) && move.to() == StepState.of(toState))
                .filter(move -> (move.event() == StepEvent.EXPIRE) == expired)
                .findFirst()
                .map(Transition::eventName);
    }

    private Map<String, @Nullable Object> facts(String name) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("transition_id", position.transitionId());
        facts.put("attempt_number", metadata.get("attempt"));
        for (String key : new String[] {"worker", "reason", "operator", "blocked_step_ids"}) {
            facts.put(key, metadata.get(key));
        }
        if (name.equals("step.retry_requested")) {
            facts.put("retry_reason", metadata.get("reason"));
        }
        Object retriesAt = metadata.get("retries_at");
        facts.put("retries_at", retriesAt == null ? null : EventTimes.iso(retriesAt));
        if (metadata.get("error") instanceof Map<?, ?> error) {
            facts.put("error_message", error.get("message"));
            facts.put("exception_class", error.get("class"));
            facts.put("error_code", error.get("error_code"));
        }
        if (!toState.equals("in_progress") && fromState.equals("in_progress")) {
            facts.put("completed_at", at.toString());
        }
        return facts;
    }
}
