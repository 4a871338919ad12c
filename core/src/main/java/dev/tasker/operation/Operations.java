package dev.tasker.operation;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.NotFoundException;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What operators do to tasks and steps. Safe from any thread; each call blocks for one transaction.
///
/// Every action comes in three forms. `perform` throws where it is not possible, `performSafely` tells by a
/// boolean, `performConditionally` tells why. Of two operators who act at once the first one wins, and the
/// other one is told of the state that it finds then. What is unknown is an error in every form. Where an
/// action is not possible nothing is changed.
public final class Operations {
    private final Orders orders;
    private final Consumer<List<Change>> afterwards;
    private final int resultBytesMax;

    /// @param afterwards     is given what was committed, in the order of events
    /// @param resultBytesMax what a step may store, as JSON in UTF-8
    public Operations(Orders orders, Consumer<List<Change>> afterwards, int resultBytesMax) {
        this.orders = orders;
        this.afterwards = afterwards;
        this.resultBytesMax = resultBytesMax;
    }

    /// Acts on a task.
    ///
    /// @return what it changed, in the order of events
    /// @throws NotFoundException TASK_NOT_FOUND
    /// @throws dev.tasker.error.ConflictException TASK_STATE_CONFLICT, with the state and what can be done
    ///     in it
    public List<Change> perform(TaskAction action, TaskId task, Operator operator) {
        return perform(new TaskOrder(action, List.of(task), action.from(), operator));
    }

    /// Acts on a task only if it is in the state that is expected.
    ///
    /// @throws NotFoundException TASK_NOT_FOUND
    /// @throws dev.tasker.error.ConflictException TASK_STATE_CONFLICT
    public List<Change> perform(TaskAction action, TaskId task, TaskState expected, Operator operator) {
        Set<TaskState> from = action.from().contains(expected) ? Set.of(expected) : Set.of();
        return perform(new TaskOrder(action, List.of(task), from, operator));
    }

    /// Acts on a task if that is possible.
    ///
    /// @return whether it was done
    public boolean performSafely(TaskAction action, TaskId task, Operator operator) {
        return performConditionally(action, task, operator) == ConditionalResult.TRANSITIONED;
    }

    /// Acts on a task if that is possible, and tells why it was not.
    public ConditionalResult performConditionally(TaskAction action, TaskId task, Operator operator) {
        return conditional(known(carryOut(new TaskOrder(action, List.of(task), action.from(), operator)), true));
    }

    /// Acts on a step. A failed task comes back (`error -> pending`) as soon as no step blocks it any more.
    ///
    /// @return what it changed, in the order of events
    /// @throws NotFoundException STEP_NOT_FOUND
    /// @throws dev.tasker.error.ConflictException STEP_STATE_CONFLICT, with the state and what can be done
    ///     in it; also where the task has ended otherwise than in error
    public List<Change> perform(StepAction action, StepId step, Operator operator) {
        return perform(new StepOrder(action, step, action.from(), operator));
    }

    /// Acts on a step only if it is in the state that is expected.
    ///
    /// @throws NotFoundException STEP_NOT_FOUND
    /// @throws dev.tasker.error.ConflictException STEP_STATE_CONFLICT
    public List<Change> perform(StepAction action, StepId step, StepState expected, Operator operator) {
        Set<StepState> from = action.from().contains(expected) ? Set.of(expected) : Set.of();
        return perform(new StepOrder(action, step, from, operator));
    }

    /// Acts on a step if that is possible.
    ///
    /// @return whether it was done
    public boolean performSafely(StepAction action, StepId step, Operator operator) {
        return performConditionally(action, step, operator) == ConditionalResult.TRANSITIONED;
    }

    /// Acts on a step if that is possible, and tells why it was not.
    public ConditionalResult performConditionally(StepAction action, StepId step, Operator operator) {
        return conditional(known(carryOut(new StepOrder(action, step, action.from(), operator)), false));
    }

    /// The id of the step of a task that has this name.
    ///
    /// @throws NotFoundException TASK_NOT_FOUND, STEP_NOT_FOUND
    public StepId stepNamed(TaskId task, String name) {
        return orders.stepNamed(task, name);
    }

    /// Actions on many tasks.
    public BulkOperations bulk() {
        return new BulkOperations(this, orders);
    }

    /// Carries an order out and passes on what it changed.
    OrderResult carryOut(TaskOrder order) {
        return told(orders.carryOut(order));
    }

    private OrderResult carryOut(StepOrder order) {
        if (order.action() instanceof StepAction.Complete(Object results)) {
            checkResults(results);
        }
        return told(orders.carryOut(order));
    }

    private OrderResult told(OrderResult result) {
        if (!result.changes().isEmpty()) {
            afterwards.accept(result.changes());
        }
        return result;
    }

    private List<Change> perform(TaskOrder order) {
        OrderResult result = carryOut(order);
        Answer answer = known(result, true);
        if (answer.verdict() != Answer.Verdict.DONE) {
            throw Conflicts.task(order, answer);
        }
        return result.changes();
    }

    private List<Change> perform(StepOrder order) {
        OrderResult result = carryOut(order);
        Answer answer = known(result, false);
        if (answer.verdict() != Answer.Verdict.DONE) {
            throw Conflicts.step(order, answer);
        }
        return result.changes();
    }

    private static Answer known(OrderResult result, boolean isTask) {
        Answer answer = result.answers().getFirst();
        if (answer.verdict() == Answer.Verdict.NOT_FOUND) {
            throw isTask ? Conflicts.unknownTask(answer.id()) : Conflicts.unknownStep(answer.id());
        }
        return answer;
    }

    private static ConditionalResult conditional(Answer answer) {
        return switch (answer.verdict()) {
            case DONE -> ConditionalResult.TRANSITIONED;
            case ALREADY -> ConditionalResult.ALREADY_TARGET;
            case REFUSED, NOT_FOUND -> ConditionalResult.INVALID_FROM_STATE;
        };
    }

    private void checkResults(@Nullable Object results) {
        JsonShape.defectIn(results, "results").ifPresent(defect -> {
            throw new InvalidRequestException(
                    ErrorCode.REQUEST_INVALID, "the result cannot be stored: " + defect, Map.of("path", defect.path()));
        });
        int bytes = Json.write(results).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > resultBytesMax) {
            throw new InvalidRequestException(
                    ErrorCode.REQUEST_INVALID,
                    "the result has " + bytes + " bytes as JSON, more than the limit of " + resultBytesMax,
                    Map.of("bytes", bytes, "limit", resultBytesMax));
        }
    }
}
