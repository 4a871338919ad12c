package dev.tasker.store;

import static dev.tasker.db.generated.Tables.NAMED_TASK_HANDLERS;
import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.WORKFLOW_STEPS;

import dev.tasker.db.generated.Routines;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.query.Cursor;
import dev.tasker.query.Page;
import dev.tasker.query.PageRequest;
import dev.tasker.query.StepQuery;
import dev.tasker.query.StepStatistics;
import dev.tasker.query.StepSummary;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.impl.DSL;

/// Finds steps by filters. Each call is one statement, backed by an index; one more finds the templates of a handler.
/// Safe from any thread.
///
/// No index holds the states that every step passes through, as each step would pay for it. So pending steps, those
/// completed since a time and those of a handler are found through the tasks that may have some.
public final class StepQueryStore {
    private static final Field<Instant> NEXT_RETRY_AT = nextRetryAt().as("next_retry_at");

    private final Database database;

    public StepQueryStore(Database database) {
        this.database = database;
    }

    /// One page, newest first.
    ///
    /// @throws InvalidRequestException CURSOR_INVALID
    public Page<StepSummary> page(StepQuery query, PageRequest page) {
        List<StepSummary> read = database.call(dsl -> select(dsl, query, page).fetch(StepQueryStore::summary));
        return Page.of(read, page.size(), Cursor.Kind.STEPS, step -> step.id().value());
    }

    /// The steps of a task in numbers; all zero for an unknown task.
    public StepStatistics statistics(TaskId task) {
        Condition completed = inStates(StepQuery.COMPLETED);
        Field<Integer> total = DSL.count();
        Field<Integer> completedSteps = DSL.count().filterWhere(completed);
        Field<Integer> failedSteps = DSL.count().filterWhere(inStates(List.of(StepState.ERROR)));
        Field<Instant> latest = DSL.max(WORKFLOW_STEPS.ENDED_AT).filterWhere(completed);
        return database.call(dsl -> dsl.select(total, completedSteps, failedSteps, latest)
                .from(WORKFLOW_STEPS)
                .where(WORKFLOW_STEPS.TASK_ID.eq(task.value()))
                .fetchSingle(row -> new StepStatistics(
                        row.value1(),
                        row.value2(),
                        row.value3(),
                        row.value1() - row.value2() - row.value3(),
                        Optional.ofNullable(row.value4()))));
    }

    static Select<? extends Record> select(DSLContext dsl, StepQuery query, PageRequest page) {
        Condition below = page.belowId(Cursor.Kind.STEPS)
                .map(WORKFLOW_STEPS.WORKFLOW_STEP_ID::lt)
                .orElse(DSL.noCondition());
        return dsl.select(
                        WORKFLOW_STEPS.WORKFLOW_STEP_ID,
                        WORKFLOW_STEPS.TASK_ID,
                        WORKFLOW_STEPS.NAME,
                        WORKFLOW_STEPS.HANDLER_KEY,
                        WORKFLOW_STEPS.STATE,
                        WORKFLOW_STEPS.ATTEMPTS,
                        WORKFLOW_STEPS.RETRY_LIMIT,
                        NEXT_RETRY_AT,
                        WORKFLOW_STEPS.LAST_ATTEMPTED_AT,
                        WORKFLOW_STEPS.LAST_FAILURE_AT,
                        WORKFLOW_STEPS.ENDED_AT)
                .from(WORKFLOW_STEPS)
                .where(condition(dsl, query))
                .and(below)
                .orderBy(WORKFLOW_STEPS.WORKFLOW_STEP_ID.desc())
                .limit(page.size() + 1);
    }

    /// When a failed step is tried again; null where it is not.
    static Field<Instant> nextRetryAt() {
        return Routines.nextRetryAt(
                WORKFLOW_STEPS.STATE,
                WORKFLOW_STEPS.RETRYABLE,
                WORKFLOW_STEPS.PERMANENT_FAILURE,
                WORKFLOW_STEPS.ATTEMPTS,
                WORKFLOW_STEPS.RETRY_LIMIT,
                WORKFLOW_STEPS.DUE_AT);
    }

    private static Condition condition(DSLContext dsl, StepQuery query) {
        List<Condition> conditions = new ArrayList<>();
        query.task().ifPresent(task -> conditions.add(WORKFLOW_STEPS.TASK_ID.eq(task.value())));
        if (!query.states().isEmpty()) {
            conditions.add(inStates(query.states()));
        }
        if (query.states().contains(StepState.PENDING)
                && query.states().stream().noneMatch(StepState::satisfiesDependency)) {
            conditions.add(ofTasks(hasStepsToRun()));
        }
        query.handler().ifPresent(key -> conditions.add(hasHandler(dsl, key)));
        query.completedSince().ifPresent(time -> conditions.add(completedSince(time)));
        query.failedSince()
                .ifPresent(time -> conditions.add(
                        inStates(List.of(StepState.ERROR)).and(WORKFLOW_STEPS.LAST_FAILURE_AT.ge(time))));
        query.tasksSince().ifPresent(time -> conditions.add(ofTasks(TASKS.CREATED_AT.ge(time))));
        return DSL.and(conditions);
    }

    /// All steps of a complete task let their children run.
    private static Condition hasStepsToRun() {
        return TaskConditions.inStates(TASKS, TaskConditions.states(state -> state != TaskState.COMPLETE));
    }

    /// A task that has ended as `complete` has not completed a step later than that.
    private static Condition completedSince(Instant time) {
        return inStates(StepQuery.COMPLETED)
                .and(WORKFLOW_STEPS.ENDED_AT.ge(time))
                .and(ofTasks(hasStepsToRun().or(TASKS.ENDED_AT.ge(time))));
    }

    private static Condition hasHandler(DSLContext dsl, HandlerKey key) {
        List<Long> templates = dsl.select(NAMED_TASK_HANDLERS.NAMED_TASK_ID)
                .from(NAMED_TASK_HANDLERS)
                .where(NAMED_TASK_HANDLERS.HANDLER_KEY.eq(key.toString()))
                .fetch(NAMED_TASK_HANDLERS.NAMED_TASK_ID);
        return WORKFLOW_STEPS.HANDLER_KEY.eq(key.toString()).and(ofTasks(TaskConditions.ofTemplates(TASKS, templates)));
    }

    private static Condition ofTasks(Condition condition) {
        return WORKFLOW_STEPS.TASK_ID.in(DSL.select(TASKS.TASK_ID).from(TASKS).where(condition));
    }

    private static Condition inStates(Collection<StepState> states) {
        return DSL.or(Stream.<Predicate<StepState>>of(StepQueryStore::isUsual, Predicate.not(StepQueryStore::isUsual))
                .map(part -> states.stream().filter(part).sorted().toList())
                .filter(part -> !part.isEmpty())
                .map(part -> WORKFLOW_STEPS.STATE.in(
                        part.stream().map(state -> DSL.inline(state.key())).toList()))
                .toList());
    }

    /// States that no index of rare states holds.
    private static boolean isUsual(StepState state) {
        return switch (state) {
            case PENDING, IN_PROGRESS, COMPLETE -> true;
            case ERROR, SKIPPED, CANCELLED, RESOLVED_MANUALLY -> false;
        };
    }

    private static StepSummary summary(Record row) {
        return new StepSummary(
                new StepId(row.get(WORKFLOW_STEPS.WORKFLOW_STEP_ID)),
                new TaskId(row.get(WORKFLOW_STEPS.TASK_ID)),
                row.get(WORKFLOW_STEPS.NAME),
                HandlerKey.parse(row.get(WORKFLOW_STEPS.HANDLER_KEY)).orElseThrow(),
                StepState.of(row.get(WORKFLOW_STEPS.STATE)),
                row.get(WORKFLOW_STEPS.ATTEMPTS),
                row.get(WORKFLOW_STEPS.RETRY_LIMIT),
                Optional.ofNullable(row.get(NEXT_RETRY_AT)),
                Optional.ofNullable(row.get(WORKFLOW_STEPS.LAST_ATTEMPTED_AT)),
                Optional.ofNullable(row.get(WORKFLOW_STEPS.LAST_FAILURE_AT)),
                Optional.ofNullable(row.get(WORKFLOW_STEPS.ENDED_AT)));
    }
}
