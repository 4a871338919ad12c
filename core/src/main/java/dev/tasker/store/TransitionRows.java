package dev.tasker.store;

import static dev.tasker.db.generated.Tables.TASK_TRANSITIONS;
import static dev.tasker.db.generated.Tables.WORKFLOW_STEPS;
import static dev.tasker.db.generated.Tables.WORKFLOW_STEP_TRANSITIONS;

import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.tables.TaskTransitions;
import dev.tasker.db.generated.tables.WorkflowStepTransitions;
import dev.tasker.query.Cursor;
import dev.tasker.query.MetadataFilter;
import dev.tasker.query.PageRequest;
import dev.tasker.query.TransitionQuery;
import dev.tasker.query.TransitionQuery.Subject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/// One page of both transition tables.
///
/// Each table is cut to the page by itself, in the order of its primary key; only those rows are then merged.
final class TransitionRows {
    static final Field<Long> ID = DSL.field(DSL.name("id"), SQLDataType.BIGINT);
    static final Field<Long> TASK = DSL.field(DSL.name("task"), SQLDataType.BIGINT);
    static final Field<Long> STEP = DSL.field(DSL.name("step"), SQLDataType.BIGINT);
    static final Field<String> STEP_NAME = DSL.field(DSL.name("step_name"), SQLDataType.VARCHAR);
    static final Field<String> FROM = DSL.field(DSL.name("old_state"), SQLDataType.VARCHAR);
    static final Field<String> TO = DSL.field(DSL.name("new_state"), SQLDataType.VARCHAR);
    static final Field<Instant> AT = DSL.field(DSL.name("at"), SQLDataType.INSTANT);
    static final Field<JSONB> METADATA = DSL.field(DSL.name("told"), SQLDataType.JSONB);
    static final Field<Instant> PREVIOUS_AT = DSL.field(DSL.name("previous_at"), SQLDataType.INSTANT);

    private TransitionRows() {}

    static Select<? extends Record> select(DSLContext dsl, TransitionQuery query, PageRequest page) {
        boolean tasks = query.subject().filter(Subject.STEP::equals).isEmpty()
                && query.step().isEmpty();
        boolean steps = query.subject().filter(Subject.TASK::equals).isEmpty();
        if (!steps) {
            return ofTasks(dsl, query, page);
        }
        if (!tasks) {
            return ofSteps(dsl, query, page);
        }
        return dsl.select()
                .from(ofTasks(dsl, query, page).asTable("task_page"))
                .unionAll(dsl.select().from(ofSteps(dsl, query, page).asTable("step_page")))
                .orderBy(ID.desc())
                .limit(page.size() + 1);
    }

    private static Select<Record> ofTasks(DSLContext dsl, TransitionQuery query, PageRequest page) {
        TaskTransitions transition = TASK_TRANSITIONS.as("transition");
        TaskTransitions before = TASK_TRANSITIONS.as("before");
        Columns columns = new Columns(
                transition.TASK_TRANSITION_ID,
                transition.TASK_ID,
                transition.TO_STATE,
                transition.METADATA,
                transition.CREATED_AT);
        return dsl.select(List.of(
                        transition.TASK_TRANSITION_ID.as(ID),
                        transition.TASK_ID.as(TASK),
                        DSL.castNull(SQLDataType.BIGINT).as(STEP),
                        DSL.castNull(SQLDataType.VARCHAR).as(STEP_NAME),
                        transition.FROM_STATE.as(FROM),
                        transition.TO_STATE.as(TO),
                        transition.CREATED_AT.as(AT),
                        transition.METADATA.as(METADATA),
                        DSL.field(DSL.select(before.CREATED_AT)
                                        .from(before)
                                        .where(before.TASK_ID.eq(transition.TASK_ID))
                                        .and(before.TASK_TRANSITION_ID.lt(transition.TASK_TRANSITION_ID))
                                        .orderBy(before.TASK_TRANSITION_ID.desc())
                                        .limit(1))
                                .as(PREVIOUS_AT)))
                .from(transition)
                .where(columns.condition(query, page))
                .and(query.metadata()
                        .filter(filter -> !filter.isOfEveryLaunch())
                        .map(_ -> DSL.condition(Routines.taskMetadataTells(transition.METADATA)))
                        .orElse(DSL.noCondition()))
                .orderBy(transition.TASK_TRANSITION_ID.desc())
                .limit(page.size() + 1);
    }

    private static Select<Record> ofSteps(DSLContext dsl, TransitionQuery query, PageRequest page) {
        WorkflowStepTransitions transition = WORKFLOW_STEP_TRANSITIONS.as("transition");
        WorkflowStepTransitions before = WORKFLOW_STEP_TRANSITIONS.as("before");
        Columns columns = new Columns(
                transition.WORKFLOW_STEP_TRANSITION_ID,
                transition.TASK_ID,
                transition.TO_STATE,
                transition.METADATA,
                transition.CREATED_AT);
        return dsl.select(List.of(
                        transition.WORKFLOW_STEP_TRANSITION_ID.as(ID),
                        transition.TASK_ID.as(TASK),
                        transition.WORKFLOW_STEP_ID.as(STEP),
                        DSL.field(DSL.select(WORKFLOW_STEPS.NAME)
                                        .from(WORKFLOW_STEPS)
                                        .where(WORKFLOW_STEPS.WORKFLOW_STEP_ID.eq(transition.WORKFLOW_STEP_ID)))
                                .as(STEP_NAME),
                        transition.FROM_STATE.as(FROM),
                        transition.TO_STATE.as(TO),
                        transition.CREATED_AT.as(AT),
                        transition.METADATA.as(METADATA),
                        DSL.field(DSL.select(before.CREATED_AT)
                                        .from(before)
                                        .where(before.TASK_ID.eq(transition.TASK_ID))
                                        .and(before.WORKFLOW_STEP_ID.eq(transition.WORKFLOW_STEP_ID))
                                        .and(before.WORKFLOW_STEP_TRANSITION_ID.lt(
                                                transition.WORKFLOW_STEP_TRANSITION_ID))
                                        .orderBy(before.WORKFLOW_STEP_TRANSITION_ID.desc())
                                        .limit(1))
                                .as(PREVIOUS_AT)))
                .from(transition)
                .where(columns.condition(query, page))
                .and(ofStep(query, transition))
                .and(query.metadata()
                        .filter(filter -> !filter.isOfEveryClaim())
                        .map(_ -> DSL.condition(Routines.stepMetadataTells(transition.METADATA)))
                        .orElse(DSL.noCondition()))
                .orderBy(transition.WORKFLOW_STEP_TRANSITION_ID.desc())
                .limit(page.size() + 1);
    }

    /// The index is by task, so the step's task is looked up.
    private static Condition ofStep(TransitionQuery query, WorkflowStepTransitions transition) {
        return query.step()
                .map(step -> transition
                        .WORKFLOW_STEP_ID
                        .eq(step.value())
                        .and(transition.TASK_ID.eq(DSL.select(WORKFLOW_STEPS.TASK_ID)
                                .from(WORKFLOW_STEPS)
                                .where(WORKFLOW_STEPS.WORKFLOW_STEP_ID.eq(step.value())))))
                .orElse(DSL.noCondition());
    }

    /// What both tables have, and filters ask for.
    private record Columns(
            Field<Long> id, Field<Long> task, Field<String> toState, Field<JSONB> metadata, Field<Instant> at) {
        Condition condition(TransitionQuery query, PageRequest page) {
            List<Condition> conditions = new ArrayList<>();
            page.belowId(Cursor.Kind.TRANSITIONS).ifPresent(last -> conditions.add(id.lt(last)));
            query.task().ifPresent(value -> conditions.add(task.eq(value.value())));
            if (!query.toStates().isEmpty()) {
                // Inlined, so that the planner sees that a partial index serves them.
                conditions.add(toState.in(
                        query.toStates().stream().sorted().map(DSL::inline).toList()));
            }
            query.metadata().ifPresent(filter -> conditions.add(tells(filter)));
            query.since().ifPresent(time -> conditions.add(at.ge(time)));
            query.until().ifPresent(time -> conditions.add(at.lt(time)));
            return DSL.and(conditions);
        }

        private Condition tells(MetadataFilter filter) {
            return filter.value()
                    .map(text -> DSL.or(TaskConditions.meanings(text).stream()
                            .map(value ->
                                    metadata.contains(StoredJson.jsonb(Collections.singletonMap(filter.key(), value))))
                            .toList()))
                    .orElseGet(() -> DSL.condition(Routines.metadataHas(metadata, DSL.val(filter.key()))));
        }
    }
}
