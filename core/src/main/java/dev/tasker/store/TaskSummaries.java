package dev.tasker.store;

import static dev.tasker.db.generated.Tables.NAMED_TASKS;
import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.TASK_NAMESPACES;

import dev.tasker.db.generated.tables.Tasks;
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

/// The columns of a task without its parts. A row of the archive is read by the names of the live columns.
final class TaskSummaries {
    private TaskSummaries() {}

    static SelectOnConditionStep<? extends Record> select(DSLContext dsl, TaskTables tables) {
        Tasks tasks = tables.tasks();
        return dsl.select(
                        tasks.TASK_ID,
                        TASK_NAMESPACES.NAME,
                        NAMED_TASKS.NAME,
                        NAMED_TASKS.VERSION,
                        tasks.STATE,
                        tasks.INITIATOR,
                        tasks.SOURCE_SYSTEM,
                        tasks.REASON,
                        tasks.TAGS,
                        tasks.REQUESTED_AT,
                        tasks.STARTED_AT,
                        tasks.ENDED_AT,
                        tasks.CONTEXT,
                        tasks.PRIORITY,
                        tasks.START_AT,
                        tasks.DEADLINE_AT,
                        tasks.ENQUEUER,
                        tasks.CORRELATION_ID,
                        tasks.PARENT_CORRELATION_ID,
                        tables.archivedAt())
                .from(tasks)
                .join(NAMED_TASKS)
                .on(NAMED_TASKS.NAMED_TASK_ID.eq(tasks.NAMED_TASK_ID))
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
                Optional.ofNullable(row.get(TASKS.ENDED_AT)),
                Optional.ofNullable(row.get(TaskTables.ARCHIVED_AT)));
    }
}
