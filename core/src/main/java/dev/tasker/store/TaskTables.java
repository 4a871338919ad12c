package dev.tasker.store;

import static dev.tasker.db.generated.Tables.ARCHIVED_TASKS;
import static dev.tasker.db.generated.Tables.ARCHIVED_TASK_ANNOTATIONS;
import static dev.tasker.db.generated.Tables.ARCHIVED_TASK_STEPS;
import static dev.tasker.db.generated.Tables.ARCHIVED_TRANSITIONS;
import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.TASK_ANNOTATIONS;
import static dev.tasker.db.generated.Tables.TASK_STEPS;
import static dev.tasker.db.generated.Tables.TRANSITIONS;

import dev.tasker.db.generated.tables.TaskAnnotations;
import dev.tasker.db.generated.tables.TaskSteps;
import dev.tasker.db.generated.tables.Tasks;
import dev.tasker.db.generated.tables.Transitions;
import java.time.Instant;
import org.jooq.Field;
import org.jooq.impl.DSL;

/// Where tasks lie with all that hangs on them: in the live tables, or in the archive, which has the same
/// columns under other names.
///
/// @param archivedAt null for a live task; the column is called as [#ARCHIVED_AT] is
record TaskTables(
        Tasks tasks, TaskAnnotations annotations, TaskSteps steps, Transitions transitions, Field<Instant> archivedAt) {
    static final Field<Instant> ARCHIVED_AT =
            DSL.field(ARCHIVED_TASKS.ARCHIVED_AT.getUnqualifiedName(), ARCHIVED_TASKS.ARCHIVED_AT.getDataType());

    static final TaskTables LIVE = new TaskTables(
            TASKS,
            TASK_ANNOTATIONS,
            TASK_STEPS,
            TRANSITIONS,
            DSL.inline(null, ARCHIVED_TASKS.ARCHIVED_AT).as(ARCHIVED_AT));

    static final TaskTables ARCHIVE = new TaskTables(
            TASKS.rename(ARCHIVED_TASKS.getName()),
            TASK_ANNOTATIONS.rename(ARCHIVED_TASK_ANNOTATIONS.getName()),
            TASK_STEPS.rename(ARCHIVED_TASK_STEPS.getName()),
            TRANSITIONS.rename(ARCHIVED_TRANSITIONS.getName()),
            ARCHIVED_TASKS.ARCHIVED_AT);
}
