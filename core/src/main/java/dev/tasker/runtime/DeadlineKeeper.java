package dev.tasker.runtime;

import dev.tasker.event.EventPublisher;
import dev.tasker.event.EventSubject;
import dev.tasker.event.TransitionEvents;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import dev.tasker.transition.TaskEvent;
import dev.tasker.wave.ExpiredTask;
import dev.tasker.wave.Waves;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends tasks whose deadline has passed, and stops those of their handlers that this engine runs.
final class DeadlineKeeper {
    private static final Logger log = LoggerFactory.getLogger(DeadlineKeeper.class);
    /// All steps of these tasks are locked at once.
    private static final int TASKS_PER_CALL = 20;

    private final Waves waves;
    private final Attempts attempts;
    private final EventPublisher publisher;
    private final TransitionEvents events;
    private final Function<TaskId, TemplateKey> templates;

    /// @param templates reads the template of a task
    DeadlineKeeper(Waves waves, Attempts attempts, EventPublisher publisher, Function<TaskId, TemplateKey> templates) {
        this.waves = waves;
        this.attempts = attempts;
        this.publisher = publisher;
        this.events = new TransitionEvents(publisher);
        this.templates = templates;
    }

    void sweep() {
        List<ExpiredTask> expired;
        do {
            expired = waves.expireDeadlines(TASKS_PER_CALL);
            expired.forEach(task -> attempts.cancel(task.task()));
            expired.forEach(this::tell);
        } while (expired.size() == TASKS_PER_CALL);
    }

    private void tell(ExpiredTask expired) {
        log.atInfo().addKeyValue("task_id", expired.task()).log("a task has missed its deadline");
        if (!publisher.hasSubscribers()) {
            return;
        }
        try {
            events.publishTaskTransition(
                    EventSubject.of(expired.task(), templates.apply(expired.task())),
                    expired.from(),
                    TaskEvent.FAIL,
                    publisher.now(),
                    Map.of("reason", "deadline_exceeded"));
        } catch (RuntimeException problem) {
            log.atWarn()
                    .setCause(problem)
                    .addKeyValue("task_id", expired.task())
                    .log("nobody was told of a missed deadline");
        }
    }
}
