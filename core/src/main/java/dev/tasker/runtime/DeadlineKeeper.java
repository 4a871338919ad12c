package dev.tasker.runtime;

import dev.tasker.event.EventPublisher;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.transition.TaskEvent;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import dev.tasker.transition.Transition;
import dev.tasker.wave.ExpiredTask;
import dev.tasker.wave.Waves;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends tasks whose deadline has passed, and stops those of their handlers that this engine runs.
final class DeadlineKeeper {
    private static final Logger log = LoggerFactory.getLogger(DeadlineKeeper.class);
    /// All steps of these tasks are locked at once.
    private static final int TASKS_PER_CALL = 20;

    private final Waves waves;
    private final Attempts attempts;
    private final EventPublisher events;

    DeadlineKeeper(Waves waves, Attempts attempts, EventPublisher events) {
        this.waves = waves;
        this.attempts = attempts;
        this.events = events;
    }

    void sweep() {
        List<ExpiredTask> expired;
        do {
            expired = waves.expireDeadlines(TASKS_PER_CALL);
            expired.forEach(this::stop);
        } while (expired.size() == TASKS_PER_CALL);
    }

    private void stop(ExpiredTask expired) {
        log.atInfo().addKeyValue("task_id", expired.task()).log("a task has missed its deadline");
        attempts.cancel(expired.task());
        Transition<TaskState, TaskEvent> move =
                TaskTransitions.TABLE.on(expired.from(), TaskEvent.FAIL).orElseThrow();
        events.publish(new LifecycleEvent(
                move.eventName(),
                expired.task(),
                null,
                move.from().key(),
                move.to().key(),
                Map.of("reason", "deadline_exceeded")));
    }
}
