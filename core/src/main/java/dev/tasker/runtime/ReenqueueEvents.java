package dev.tasker.runtime;

import dev.tasker.error.TaskerException;
import dev.tasker.event.EventPublisher;
import dev.tasker.event.EventSubject;
import dev.tasker.event.EventTimes;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import dev.tasker.reenqueue.InDatabaseQueue;
import dev.tasker.reenqueue.ReenqueueListener;
import dev.tasker.reenqueue.ReenqueueReason;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes what becomes of tasks that are handed to queues of the application. That a task is handed over for
/// the first time is no such event, unless its queue refuses it. The template is read only where somebody listens.
final class ReenqueueEvents implements ReenqueueListener {
    private static final Logger log = LoggerFactory.getLogger(ReenqueueEvents.class);
    private static final String STARTED = "workflow.task_reenqueue_started";
    private static final String REQUESTED = "workflow.task_reenqueue_requested";
    private static final String DELAYED = "workflow.task_reenqueue_delayed";
    private static final String FAILED = "workflow.task_reenqueue_failed";

    private final EventPublisher publisher;
    private final Function<TaskId, TemplateKey> templates;

    /// @param templates reads the template of a task
    ReenqueueEvents(EventPublisher publisher, Function<TaskId, TemplateKey> templates) {
        this.publisher = publisher;
        this.templates = templates;
    }

    @Override
    public void enqueuing(String queue, TaskId task, ReenqueueReason reason) {
        if (isAgain(reason)) {
            publish(queue, task, List.of(STARTED), facts(queue, reason));
        }
    }

    @Override
    public void enqueued(String queue, TaskId task, Duration delay, ReenqueueReason reason) {
        if (!isAgain(reason)) {
            return;
        }
        Map<String, @Nullable Object> facts = facts(queue, reason);
        if (delay.isZero()) {
            publish(queue, task, List.of(REQUESTED), facts);
        } else {
            Instant now = publisher.now();
            facts.put("delay_seconds", EventTimes.seconds(now, now.plus(delay)));
            facts.put("scheduled_for", now.plus(delay).toString());
            publish(queue, task, List.of(REQUESTED, DELAYED), facts);
        }
    }

    @Override
    public void refused(String queue, TaskId task, ReenqueueReason reason, RuntimeException problem) {
        Map<String, @Nullable Object> facts = facts(queue, reason);
        facts.put("error_message", String.valueOf(problem.getMessage()));
        facts.put("exception_class", problem.getClass().getName());
        publish(queue, task, List.of(FAILED), facts);
    }

    private static boolean isAgain(ReenqueueReason reason) {
        return reason != ReenqueueReason.READY_FOR_PROCESSING;
    }

    private static Map<String, @Nullable Object> facts(String queue, ReenqueueReason reason) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("orchestration_event", true);
        facts.put("queue", queue);
        facts.put("reason", reason.key());
        return facts;
    }

    private void publish(String queue, TaskId task, List<String> names, Map<String, @Nullable Object> facts) {
        if (queue.equals(InDatabaseQueue.NAME) || names.stream().noneMatch(publisher::hasSubscriber)) {
            return;
        }
        try {
            EventSubject subject = EventSubject.of(task, templates.apply(task));
            Instant at = publisher.now();
            names.forEach(name -> publisher.publish(name, () -> LifecycleEvent.of(name, at, subject, facts)));
        } catch (TaskerException problem) {
            // The task is handed over whatever becomes of its events.
            log.atWarn()
                    .setCause(problem)
                    .addKeyValue("task_id", task)
                    .log("an event of a task's queue was not published");
        }
    }
}
