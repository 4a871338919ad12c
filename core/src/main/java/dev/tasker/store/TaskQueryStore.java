package dev.tasker.store;

import static dev.tasker.db.generated.Tables.NAMED_TASKS;
import static dev.tasker.db.generated.Tables.TASKS;

import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.tables.Tasks;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TaskId;
import dev.tasker.query.BoundedCount;
import dev.tasker.query.Cursor;
import dev.tasker.query.Page;
import dev.tasker.query.PageRequest;
import dev.tasker.query.TaskQuery;
import dev.tasker.query.Tier;
import dev.tasker.task.TaskSnapshot.Summary;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.impl.DSL;

/// Finds tasks by filters. Each call is one statement for each place where tasks lie, backed by an index; one
/// more finds the templates that are meant. Safe from any thread.
public final class TaskQueryStore {
    private final Database database;

    public TaskQueryStore(Database database) {
        this.database = database;
    }

    /// One page of tasks that are not archived, newest first.
    ///
    /// @throws InvalidRequestException CURSOR_INVALID
    public Page<Summary> page(TaskQuery query, PageRequest page) {
        return page(new Tier.Live(), query, page);
    }

    /// One page of a tier, newest first.
    ///
    /// @throws InvalidRequestException CURSOR_INVALID
    public Page<Summary> page(Tier tier, TaskQuery query, PageRequest page) {
        List<Summary> read = database.call(dsl -> {
            // The live tables first: a task that is archived meanwhile is met twice, and never missed.
            SortedMap<Long, Summary> newestFirst = new TreeMap<>(Comparator.reverseOrder());
            for (TaskTables tables : tables(tier)) {
                select(dsl, tier, tables, query, page)
                        .fetch(TaskSummaries::of)
                        .forEach(task -> newestFirst.putIfAbsent(task.id().value(), task));
            }
            return List.copyOf(newestFirst.values());
        });
        return Page.of(read, page.size(), Cursor.Kind.TASKS, task -> task.id().value());
    }

    /// The ids of at most `limit` tasks that are not archived, newest first.
    public List<TaskId> ids(TaskQuery query, int limit) {
        return database.call(dsl -> selectIds(dsl, query, limit).fetch(row -> new TaskId(row.value1())));
    }

    /// How many tasks there are that are not archived, counted up to `bound`.
    public BoundedCount count(TaskQuery query, int bound) {
        // In the order of the pages: without it a count reads the whole table where a page would not.
        int counted = database.call(dsl -> dsl.fetchCount(selectIds(dsl, query, bound + 1)));
        return BoundedCount.of(counted, bound);
    }

    /// How many kinds of tasks there are: templates, whatever their version, with at least one task that is not
    /// archived.
    public int taskTypes() {
        return database.call(dsl -> dsl.fetchCount(dsl.selectDistinct(NAMED_TASKS.TASK_NAMESPACE_ID, NAMED_TASKS.NAME)
                .from(NAMED_TASKS)
                .where(DSL.exists(
                        DSL.selectOne().from(TASKS).where(TASKS.NAMED_TASK_ID.eq(NAMED_TASKS.NAMED_TASK_ID))))));
    }

    static List<TaskTables> tables(Tier tier) {
        return switch (tier) {
            case Tier.Active _, Tier.Live _ -> List.of(TaskTables.LIVE);
            case Tier.Archived _ -> List.of(TaskTables.ARCHIVE);
            case Tier.Recent _, Tier.Complete _ -> List.of(TaskTables.LIVE, TaskTables.ARCHIVE);
        };
    }

    private static Condition within(DSLContext dsl, TaskTables tables, Tier tier) {
        Tasks tasks = tables.tasks();
        return switch (tier) {
            case Tier.Active _ -> unfinished(tasks);
            case Tier.Recent recent -> {
                Instant now = dsl.select(Routines.now()).fetchSingle().value1();
                yield tasks.ENDED_AT.ge(now.minus(recent.period())).or(unfinished(tasks));
            }
            case Tier.Live _, Tier.Archived _, Tier.Complete _ -> DSL.noCondition();
        };
    }

    private static Condition unfinished(Tasks tasks) {
        return TaskConditions.inStates(tasks, TaskConditions.states(state -> !state.isTerminal()));
    }

    static Select<? extends Record> select(DSLContext dsl, TaskQuery query, PageRequest page) {
        return select(dsl, TaskTables.LIVE, TaskConditions.of(dsl, TaskTables.LIVE, query), page);
    }

    static Select<? extends Record> select(
            DSLContext dsl, Tier tier, TaskTables tables, TaskQuery query, PageRequest page) {
        return select(dsl, tables, DSL.and(within(dsl, tables, tier), TaskConditions.of(dsl, tables, query)), page);
    }

    private static Select<? extends Record> select(
            DSLContext dsl, TaskTables tables, Condition condition, PageRequest page) {
        Tasks tasks = tables.tasks();
        Condition below = page.belowId(Cursor.Kind.TASKS).map(tasks.TASK_ID::lt).orElse(DSL.noCondition());
        return TaskSummaries.select(dsl, tables)
                .where(condition)
                .and(below)
                .orderBy(tasks.TASK_ID.desc())
                .limit(page.size() + 1);
    }

    static Select<Record1<Long>> selectIds(DSLContext dsl, TaskQuery query, int limit) {
        return dsl.select(TASKS.TASK_ID)
                .from(TASKS)
                .where(TaskConditions.of(dsl, TaskTables.LIVE, query))
                .orderBy(TASKS.TASK_ID.desc())
                .limit(limit);
    }
}
