package dev.tasker.operation;

import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.NotFoundException;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Why an action was not possible, in words.
final class Conflicts {
    private Conflicts() {}

    static NotFoundException unknownTask(long id) {
        return new NotFoundException(
                ErrorCode.TASK_NOT_FOUND,
                "there is no task " + id + " in this database; `tasker task list` shows what there is",
                Map.of("task_id", id));
    }

    static NotFoundException unknownStep(long id) {
        return new NotFoundException(
                ErrorCode.STEP_NOT_FOUND,
                "there is no step " + id + " in this database; `tasker task show` lists the steps of a task",
                Map.of("workflow_step_id", id));
    }

    static ConflictException task(TaskOrder order, Answer answer) {
        return new ConflictException(
                ErrorCode.TASK_STATE_CONFLICT,
                reason(order, answer),
                details("task_id", answer, order.action().key(), keys(order.from()), taskActions(answer)));
    }

    /// Why a task was refused: its state, what the action needs, and what can be done instead.
    static String reason(TaskOrder order, Answer answer) {
        String state = answer.found().orElseThrow();
        String action = order.action().key();
        if (answer.obstacle().isPresent()) {
            return "task " + answer.id() + " cannot go on: one of its steps is cancelled, so it would fail again;"
                    + " resolve the task, or retry a single step";
        }
        if (answer.verdict() == Answer.Verdict.ALREADY) {
            return "task " + answer.id() + " is " + state + " already";
        }
        return "task " + answer.id() + " is " + state + "; " + needs(action, keys(order.from())) + ". "
                + choices(state, taskActions(answer));
    }

    static ConflictException step(StepOrder order, Answer answer) {
        String state = answer.found().orElseThrow();
        List<String> actions = stepActions(answer);
        String message;
        if (answer.verdict() == Answer.Verdict.ALREADY) {
            message = "step " + answer.id() + " is " + state + " already";
        } else if (answer.taskState().isPresent()) {
            message = "step " + answer.id() + " is " + state + ", and its task is "
                    + answer.taskState().get() + ": the steps of a task that has ended so are never changed";
        } else {
            message = "step " + answer.id() + " is " + state + "; "
                    + needs(order.action().key(), keys(order.from())) + ". " + choices(state, actions);
        }
        return new ConflictException(
                ErrorCode.STEP_STATE_CONFLICT,
                message,
                details("workflow_step_id", answer, order.action().key(), keys(order.from()), actions));
    }

    private static String needs(String action, List<String> from) {
        return from.isEmpty()
                ? action + " was asked for another state"
                : action + " is possible from " + String.join(", ", from);
    }

    private static String choices(String state, List<String> actions) {
        return actions.isEmpty()
                ? "Nothing can be done to what is " + state
                : "From " + state + " one can " + String.join(", ", actions);
    }

    private static List<String> taskActions(Answer answer) {
        TaskState state = TaskState.of(answer.found().orElseThrow());
        return TaskAction.all().stream()
                .filter(action -> action.from().contains(state))
                .map(TaskAction::key)
                .toList();
    }

    private static List<String> stepActions(Answer answer) {
        StepState state = StepState.of(answer.found().orElseThrow());
        return answer.taskState().isPresent()
                ? List.of()
                : StepAction.all().stream()
                        .filter(action -> action.from().contains(state))
                        .map(StepAction::key)
                        .toList();
    }

    private static List<String> keys(Collection<? extends Enum<?>> states) {
        return states.stream()
                .map(state -> state.name().toLowerCase(Locale.ROOT))
                .sorted()
                .toList();
    }

    private static Map<String, Object> details(
            String idName, Answer answer, String action, List<String> from, List<String> possible) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put(idName, answer.id());
        details.put("state", answer.found().orElseThrow());
        details.put("action", action);
        details.put("allowed_from", from);
        details.put("possible_actions", possible);
        answer.taskState().ifPresent(state -> details.put("task_state", state));
        answer.obstacle().ifPresent(obstacle -> details.put("obstacle", obstacle));
        return details;
    }
}
