package dev.tasker.store;

import static dev.tasker.db.generated.Tables.NAMED_TASKS;
import static dev.tasker.db.generated.Tables.TASKS;

import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TaskId;
import dev.tasker.query.BoundedCount;
import dev.tasker.query.Cursor;
import dev.tasker.query.Page;
import dev.tasker.query.PageRequest;
import dev.tasker.query.TaskQuery;
import dev.tasker.task.TaskSnapshot.Summary;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.impl.DSL;

/// Finds tasks by filters. Each call is one statement, backed by an index; one more finds the templates that are
/// meant. Safe from any thread.
public final class TaskQueryStore {
    private final Database database;

    public TaskQueryStore(Database database) {
        this.database = database;
    }

    /// One page, newest first.
    ///
    /// @throws InvalidRequestException CURSOR_INVALID
    public Page<Summary> page(TaskQuery query, PageRequest page) {
        List<Summary> read = database.call(dsl -> select(dsl, query, page).fetch(TaskSummaries::of));
        return Page.of(read, page.size(), Cursor.Kind.TASKS, task -> task.id().value());
    }

    /// The ids of at most `limit` tasks, newest first.
    public List<TaskId> ids(TaskQuery query, int limit) {
        return database.call(dsl -> selectIds(dsl, query, limit).fetch(row -> new TaskId(row.value1())));
    }

    /// How many tasks there are, counted up to `bound`.
    public BoundedCount count(TaskQuery query, int bound) {
        // In the order of the pages: without it a count reads the whole table where a page would not.
        int counted = database.call(dsl -> dsl.fetchCount(selectIds(dsl, query, bound + 1)));
        return BoundedCount.of(counted, bound);
    }

    /// How many kinds of tasks there are: templates, whatever their version, with at least one task.
    public int taskTypes() {
        return database.call(dsl -> dsl.fetchCount(dsl.selectDistinct(NAMED_TASKS.TASK_NAMESPACE_ID, NAMED_TASKS.NAME)
                .from(NAMED_TASKS)
                .where(DSL.exists(
                        DSL.selectOne().from(TASKS).where(TASKS.NAMED_TASK_ID.eq(NAMED_TASKS.NAMED_TASK_ID))))));
    }

    static Select<? extends Record> select(DSLContext dsl, TaskQuery query, PageRequest page) {
        Condition below = page.belowId(Cursor.Kind.TASKS).map(TASKS.TASK_ID::lt).orElse(DSL.noCondition());
        return TaskSummaries.select(dsl)
                .where(TaskConditions.of(dsl, query))
                .and(below)
                .orderBy(TASKS.TASK_ID.desc())
                .limit(page.size() + 1);
    }

    static Select<Record1<Long>> selectIds(DSLContext dsl, TaskQuery query, int limit) {
        return dsl.select(TASKS.TASK_ID)
                .from(TASKS)
                .where(TaskConditions.of(dsl, query))
                .orderBy(TASKS.TASK_ID.desc())
                .limit(limit);
    }
}
