package dev.tasker.runtime;

import dev.tasker.error.TaskerException;
import dev.tasker.event.EventPublisher;
import dev.tasker.event.EventSubject;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.event.TransitionEvents;
import dev.tasker.finalization.TaskOutlook;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.store.TaskStore;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.StepEvent;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes that a task was created. Its steps are read only where somebody listens to them.
final class CreationEvents implements Consumer<TaskCreation.Created> {
    private static final Logger log = LoggerFactory.getLogger(CreationEvents.class);
    private static final String STEP_CREATED = "step.initialize_requested";
    private static final String ENQUEUED = "observability.task.enqueue";

    private final EventPublisher publisher;
    private final TransitionEvents transitions;
    private final VerdictEvents verdicts;
    private final TaskStore tasks;

    CreationEvents(EventPublisher publisher, TaskStore tasks) {
        this.publisher = publisher;
        this.transitions = new TransitionEvents(publisher);
        this.verdicts = new VerdictEvents(publisher);
        this.tasks = tasks;
    }

    /// Called after the commit.
    @Override
    public void accept(TaskCreation.Created created) {
        if (!publisher.hasSubscribers()) {
            return;
        }
        if (created.task().created()) {
            publish(created.task().id(), created.template(), created.request());
        }
    }

    private void publish(TaskId id, Template template, TaskRequest request) {
        EventSubject task = EventSubject.of(id, template.key());
        Instant at = publisher.now();
        int steps = template.steps().size();
        transitions.publishCreation(
                task, request.draft() ? TaskState.DRAFT : TaskState.PENDING, at, Map.of("total_steps", steps));
        publisher.publish(ENQUEUED, () -> LifecycleEvent.of(ENQUEUED, at, task, Map.of()));
        publishSteps(task, request, at);
        if (!request.draft()
                && !request.bypassSteps().isEmpty()
                && request.bypassSteps().size() == steps) {
            verdicts.publish(
                    task,
                    new TaskVerdict.Complete(id, new TaskOutlook(at, TaskState.PENDING, at, steps, steps, 0, 0, 0)));
        }
    }

    private void publishSteps(EventSubject task, TaskRequest request, Instant at) {
        boolean heard = publisher.hasSubscriber(STEP_CREATED)
                || (!request.bypassSteps().isEmpty()
                        && (publisher.hasSubscriber("step.skipped")
                                || publisher.hasSubscriber("observability.step.skip")));
        if (!heard || task.task() == null) {
            return;
        }
        for (StepSnapshot step : steps(task.task())) {
            EventSubject subject = task.withStep(new StepRef(step.id(), step.name()), null);
            publisher.publish(
                    STEP_CREATED,
                    () -> LifecycleEvent.of(
                            STEP_CREATED, at, subject, Map.of("step_dependencies", List.copyOf(step.dependsOn()))));
            if (request.bypassSteps().contains(step.name())) {
                transitions.publishStepTransition(
                        subject, StepState.PENDING, StepEvent.SKIP, at, Map.of("reason", "bypassed"));
            }
        }
    }

    /// The task is stored whatever becomes of its events.
    private List<StepSnapshot> steps(TaskId task) {
        try {
            return tasks.snapshot(task).steps();
        } catch (TaskerException problem) {
            log.atWarn()
                    .setCause(problem)
                    .addKeyValue("task_id", task)
                    .log("the steps of a new task were not published");
            return List.of();
        }
    }
}
