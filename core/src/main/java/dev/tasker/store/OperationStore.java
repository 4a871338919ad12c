package dev.tasker.store;

import static dev.tasker.db.generated.Tables.TASKS;

import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.OperateOnTasksRecord;
import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.operation.Answer;
import dev.tasker.operation.Answer.Verdict;
import dev.tasker.operation.Change;
import dev.tasker.operation.OrderResult;
import dev.tasker.operation.Orders;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.StepOrder;
import dev.tasker.operation.TaskAction;
import dev.tasker.operation.TaskOrder;
import dev.tasker.query.TaskQuery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Operators' orders on PostgreSQL: the routines `tasker.operate_on_tasks` and `tasker.operate_on_step`.
public final class OperationStore implements Orders {
    private final Database database;

    public OperationStore(Database database) {
        this.database = database;
    }

    @Override
    public OrderResult carryOut(TaskOrder order) {
        boolean resetAttempts = order.action() instanceof TaskAction.Retry(boolean reset) && reset;
        return database.call(dsl -> read(
                Tables.OPERATE_ON_TASKS(
                        dsl.configuration(),
                        order.action().key(),
                        order.tasks().stream().map(TaskId::value).toArray(Long[]::new),
                        keys(order.from()),
                        order.action().to().key(),
                        order.operator().name(),
                        order.operator().reason(),
                        resetAttempts),
                OperateOnTasksRecord::getTaskId));
    }

    @Override
    public OrderResult carryOut(StepOrder order) {
        JSONB results =
                order.action() instanceof StepAction.Complete(Object value) ? JSONB.jsonb(Json.write(value)) : null;
        boolean resetAttempts = order.action() instanceof StepAction.Retry(boolean reset) && reset;
        return database.call(dsl -> read(
                // Both routines return rows of the same form.
                Tables.OPERATE_ON_STEP(
                                dsl.configuration(),
                                order.action().key(),
                                order.step().value(),
                                keys(order.from()),
                                order.action().to().key(),
                                order.operator().name(),
                                order.operator().reason(),
                                results,
                                resetAttempts)
                        .into(Tables.OPERATE_ON_TASKS),
                OperateOnTasksRecord::getWorkflowStepId));
    }

    @Override
    public StepId stepNamed(TaskId task, String name) {
        return new ReadinessStore(database).step(task, name);
    }

    @Override
    public List<TaskId> matching(TaskQuery query, Optional<TaskId> below, int limit) {
        Condition older = below.map(id -> TASKS.TASK_ID.lt(id.value())).orElse(DSL.noCondition());
        return database.call(dsl -> dsl.select(TASKS.TASK_ID)
                .from(TASKS)
                .where(TaskConditions.of(dsl, TaskTables.LIVE, query))
                .and(older)
                .orderBy(TASKS.TASK_ID.desc())
                .limit(limit)
                .fetch(row -> new TaskId(row.value1())));
    }

    @Override
    public long count(TaskQuery query) {
        return database.call(dsl -> dsl.fetchCount(TASKS, TaskConditions.of(dsl, TaskTables.LIVE, query)));
    }

    private static String[] keys(Collection<? extends Enum<?>> states) {
        return states.stream()
                .map(state -> state.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new);
    }

    private static OrderResult read(List<OperateOnTasksRecord> rows, Function<OperateOnTasksRecord, Long> id) {
        List<Answer> answers = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        for (OperateOnTasksRecord row : rows) {
            if (row.getKind().equals("change")) {
                changes.add(change(row));
            } else {
                answers.add(answer(row, id.apply(row)));
            }
        }
        return new OrderResult(answers, changes);
    }

    private static Answer answer(OperateOnTasksRecord row, long id) {
        Map<String, @Nullable Object> facts = StoredJson.object(row.getMetadata());
        return new Answer(
                Verdict.valueOf(row.getKind().toUpperCase(Locale.ROOT)),
                id,
                Optional.ofNullable(row.getFromState()),
                StoredJson.optionalText(facts, "task_state"),
                StoredJson.optionalText(facts, "obstacle"));
    }

    private static Change change(OperateOnTasksRecord row) {
        return new Change(
                new TaskId(row.getTaskId()),
                Optional.ofNullable(row.getWorkflowStepId())
                        .map(step -> new StepRef(new StepId(step), row.getStepName())),
                row.getFromState(),
                row.getToState(),
                row.getChangedAt(),
                StoredJson.object(row.getMetadata()));
    }
}
