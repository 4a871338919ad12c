package dev.tasker.store;

import static dev.tasker.db.generated.Tables.NAMED_TASKS;
import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.TASK_NAMESPACES;

import dev.tasker.identity.TaskId;
import dev.tasker.task.TaskSnapshot.AnnotationSnapshot;
import dev.tasker.task.TaskSnapshot.Details;
import dev.tasker.task.TaskSnapshot.Summary;
import dev.tasker.transition.TaskState;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SelectOnConditionStep;

/// The columns of a task without its parts.
final class TaskSummaries {
    private TaskSummaries() {}

    static SelectOnConditionStep<? extends Record> select(DSLContext dsl) {
        return dsl.select(
                        TASKS.TASK_ID,
                        TASK_NAMESPACES.NAME,
                        NAMED_TASKS.NAME,
                        NAMED_TASKS.VERSION,
                        TASKS.STATE,
                        TASKS.INITIATOR,
                        TASKS.SOURCE_SYSTEM,
                        TASKS.REASON,
                        TASKS.TAGS,
                        TASKS.REQUESTED_AT,
                        TASKS.STARTED_AT,
                        TASKS.ENDED_AT,
                        TASKS.CONTEXT,
                        TASKS.PRIORITY,
                        TASKS.START_AT,
                        TASKS.DEADLINE_AT,
                        TASKS.ENQUEUER,
                        TASKS.CORRELATION_ID,
                        TASKS.PARENT_CORRELATION_ID)
                .from(TASKS)
                .join(NAMED_TASKS)
                .on(NAMED_TASKS.NAMED_TASK_ID.eq(TASKS.NAMED_TASK_ID))
                .join(TASK_NAMESPACES)
                .on(TASK_NAMESPACES.TASK_NAMESPACE_ID.eq(NAMED_TASKS.TASK_NAMESPACE_ID));
    }

    static Details details(Record row, List<AnnotationSnapshot> annotations) {
        return new Details(
                row.get(TASKS.PRIORITY),
                Optional.ofNullable(row.get(TASKS.START_AT)),
                Optional.ofNullable(row.get(TASKS.DEADLINE_AT)),
                Optional.ofNullable(row.get(TASKS.ENQUEUER)),
                row.get(TASKS.CORRELATION_ID),
                Optional.ofNullable(row.get(TASKS.PARENT_CORRELATION_ID)),
                annotations);
    }

    static Summary of(Record row) {
        return new Summary(
                new TaskId(row.get(TASKS.TASK_ID)),
                row.get(TASK_NAMESPACES.NAME),
                row.get(NAMED_TASKS.NAME),
                row.get(NAMED_TASKS.VERSION),
                TaskState.of(row.get(TASKS.STATE)),
                row.get(TASKS.INITIATOR),
                row.get(TASKS.SOURCE_SYSTEM),
                row.get(TASKS.REASON),
                StoredJson.texts(StoredJson.value(row.get(TASKS.TAGS))),
                row.get(TASKS.REQUESTED_AT),
                Optional.ofNullable(row.get(TASKS.STARTED_AT)),
                Optional.ofNullable(row.get(TASKS.ENDED_AT)));
    }
}
