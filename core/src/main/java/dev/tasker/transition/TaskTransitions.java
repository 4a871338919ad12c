package dev.tasker.transition;

import static dev.tasker.transition.TaskState.CANCELLED;
import static dev.tasker.transition.TaskState.COMPLETE;
import static dev.tasker.transition.TaskState.DRAFT;
import static dev.tasker.transition.TaskState.ERROR;
import static dev.tasker.transition.TaskState.IN_PROGRESS;
import static dev.tasker.transition.TaskState.PAUSED;
import static dev.tasker.transition.TaskState.PENDING;
import static dev.tasker.transition.TaskState.RESOLVED_MANUALLY;

import java.util.List;

/// The one table of legal moves of a task.
public final class TaskTransitions {
    public static final TransitionTable<TaskState, TaskEvent> TABLE = new TransitionTable<>(List.of(
            move(DRAFT, TaskEvent.LAUNCH, PENDING, "task.launched", ""),
            move(DRAFT, TaskEvent.CANCEL, CANCELLED, "task.cancelled", "by an operator"),
            move(PENDING, TaskEvent.START, IN_PROGRESS, "task.start_requested", "with the first claim of a step"),
            move(PENDING, TaskEvent.PAUSE, PAUSED, "task.paused", "by an operator"),
            move(
                    PENDING,
                    TaskEvent.FAIL,
                    ERROR,
                    "task.failed",
                    "a step is permanently blocked, or its deadline passed"),
            move(PENDING, TaskEvent.CANCEL, CANCELLED, "task.cancelled", "by an operator"),
            move(IN_PROGRESS, TaskEvent.COMPLETE, COMPLETE, "task.completed", "every step is satisfied"),
            move(
                    IN_PROGRESS,
                    TaskEvent.FAIL,
                    ERROR,
                    "task.failed",
                    "a step is permanently blocked, or its deadline passed"),
            move(IN_PROGRESS, TaskEvent.AWAIT, PENDING, "task.initialize_requested", "by an operator"),
            move(IN_PROGRESS, TaskEvent.PAUSE, PAUSED, "task.paused", "by an operator"),
            move(IN_PROGRESS, TaskEvent.CANCEL, CANCELLED, "task.cancelled", "by an operator"),
            move(PAUSED, TaskEvent.RESUME, PENDING, "task.resumed", "by an operator"),
            move(PAUSED, TaskEvent.FAIL, ERROR, "task.failed", "its deadline passed"),
            move(PAUSED, TaskEvent.CANCEL, CANCELLED, "task.cancelled", "by an operator"),
            move(ERROR, TaskEvent.RETRY, PENDING, "task.retry_requested", "by an operator"),
            move(ERROR, TaskEvent.RESOLVE, RESOLVED_MANUALLY, "task.resolved_manually", "by an operator"),
            move(COMPLETE, TaskEvent.CANCEL, CANCELLED, "task.cancelled", "by an operator"),
            move(RESOLVED_MANUALLY, TaskEvent.CANCEL, CANCELLED, "task.cancelled", "by an operator")));

    private TaskTransitions() {}

    private static Transition<TaskState, TaskEvent> move(
            TaskState from, TaskEvent event, TaskState to, String eventName, String condition) {
        return new Transition<>(from, event, to, eventName, condition);
    }
}
