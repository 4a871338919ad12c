package dev.tasker.operation;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TaskId;
import dev.tasker.query.TaskQuery;
import dev.tasker.transition.TaskState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// An operator's action on many tasks: in batches of [TaskOrder#TASKS_MAX], each a transaction of its own.
/// Safe from any thread.
///
/// A batch that fails ends the call with its error; what the batches before it did stays. Called again, it
/// goes on with the rest.
public final class BulkOperations {
    /// So many ids may be given at once.
    public static final int IDS_MAX = 100_000;

    private final Operations operations;
    private final Orders orders;

    BulkOperations(Operations operations, Orders orders) {
        this.operations = operations;
        this.orders = orders;
    }

    /// On how many tasks the action would be tried.
    public long count(TaskAction action, TaskQuery query) {
        return orders.count(narrowed(action, query));
    }

    /// Acts on every task that matches. A query without states means the tasks that the action may be done
    /// to, but for those that have ended well; each task must be in one of the states still when its turn
    /// comes. Tasks that are created meanwhile are left out.
    ///
    /// @param progress is told after each batch
    public BulkResult perform(TaskAction action, TaskQuery query, Operator operator, Consumer<BulkResult> progress) {
        TaskQuery narrowed = narrowed(action, query);
        Set<TaskState> from = EnumSet.copyOf(narrowed.states());
        from.retainAll(action.from());
        Tally tally = new Tally();
        Optional<TaskId> below = Optional.empty();
        while (true) {
            List<TaskId> tasks = orders.matching(narrowed, below, TaskOrder.TASKS_MAX);
            if (tasks.isEmpty()) {
                return tally.result();
            }
            carryOut(new TaskOrder(action, tasks, from, operator), tally);
            progress.accept(tally.result());
            below = Optional.of(tasks.getLast());
        }
    }

    /// Acts on tasks by their ids; an id that is given twice counts once.
    ///
    /// @param progress is told after each batch
    /// @throws InvalidRequestException REQUEST_INVALID: more than [#IDS_MAX] ids
    public BulkResult perform(TaskAction action, List<TaskId> tasks, Operator operator, Consumer<BulkResult> progress) {
        if (tasks.size() > IDS_MAX) {
            throw new InvalidRequestException(
                    ErrorCode.REQUEST_INVALID,
                    tasks.size() + " ids are more than " + IDS_MAX + "; give a filter, or fewer at once",
                    Map.of("limit", IDS_MAX));
        }
        List<TaskId> distinct = List.copyOf(new TreeSet<>(tasks));
        Tally tally = new Tally();
        for (int start = 0; start < distinct.size(); start += TaskOrder.TASKS_MAX) {
            List<TaskId> batch = distinct.subList(start, Math.min(distinct.size(), start + TaskOrder.TASKS_MAX));
            carryOut(new TaskOrder(action, batch, action.from(), operator), tally);
            progress.accept(tally.result());
        }
        return tally.result();
    }

    private void carryOut(TaskOrder order, Tally tally) {
        operations.carryOut(order).answers().forEach(answer -> tally.add(order, answer));
    }

    private static TaskQuery narrowed(TaskAction action, TaskQuery query) {
        return query.states().isEmpty() ? query.withStates(action.fromUnlessNamed()) : query;
    }

    /// Counts answers.
    private static final class Tally {
        private final List<BulkResult.Refusal> refusals = new ArrayList<>();
        private long matched;
        private long changed;
        private long already;
        private long refused;

        void add(TaskOrder order, Answer answer) {
            matched++;
            switch (answer.verdict()) {
                case DONE -> changed++;
                case ALREADY -> already++;
                case REFUSED -> refuse(answer, ErrorCode.TASK_STATE_CONFLICT, Conflicts.reason(order, answer));
                case NOT_FOUND ->
                    refuse(
                            answer,
                            ErrorCode.TASK_NOT_FOUND,
                            Conflicts.unknownTask(answer.id()).getMessage());
            }
        }

        private void refuse(Answer answer, ErrorCode code, @Nullable String reason) {
            refused++;
            if (refusals.size() < BulkResult.REFUSALS_MAX) {
                refusals.add(new BulkResult.Refusal(new TaskId(answer.id()), code, String.valueOf(reason)));
            }
        }

        BulkResult result() {
            return new BulkResult(matched, changed, already, refused, refusals);
        }
    }
}
