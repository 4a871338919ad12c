package dev.tasker.runtime;

import dev.tasker.event.EventPublisher;
import dev.tasker.event.EventSubject;
import dev.tasker.event.TransitionEvents;
import dev.tasker.finalization.TaskOutlook;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.transition.TaskEvent;
import dev.tasker.transition.TaskState;
import java.util.Map;

/// Publishes what was decided about a task.
final class VerdictEvents {
    private final TransitionEvents transitions;
    private final WorkflowEvents workflow;

    VerdictEvents(EventPublisher publisher) {
        this.transitions = new TransitionEvents(publisher);
        this.workflow = new WorkflowEvents(publisher);
    }

    void publish(EventSubject task, TaskVerdict verdict) {
        TaskOutlook outlook = verdict.outlook();
        workflow.finalizing(task, verdict);
        switch (verdict) {
            case TaskVerdict.Complete complete -> {
                // A task that ends without a claim of its own still passes through in_progress.
                if (outlook.state() == TaskState.PENDING) {
                    transitions.publishTaskTransition(task, TaskState.PENDING, TaskEvent.START, outlook.at(), Map.of());
                }
                transitions.publishTaskTransition(
                        task,
                        TaskState.IN_PROGRESS,
                        TaskEvent.COMPLETE,
                        outlook.at(),
                        WorkflowEvents.summary(complete));
            }
            case TaskVerdict.Failed failed ->
                transitions.publishTaskTransition(
                        task, outlook.state(), TaskEvent.FAIL, outlook.at(), WorkflowEvents.failure(failed));
            case TaskVerdict.Waiting _ -> {}
        }
        workflow.finalized(task, verdict);
    }
}
