package dev.tasker.store;

import static dev.tasker.db.generated.Tables.ANNOTATION_TYPES;
import static dev.tasker.db.generated.Tables.NAMED_TASKS;
import static dev.tasker.db.generated.Tables.TASK_NAMESPACES;
import static dev.tasker.db.generated.Tables.WORKFLOW_STEPS;

import dev.tasker.db.generated.tables.TaskAnnotations;
import dev.tasker.db.generated.tables.Tasks;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.json.Json;
import dev.tasker.query.AnnotationFilter;
import dev.tasker.query.TaskQuery;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// The filters of a [TaskQuery] as conditions on `tasks`, or on the archive, which has the same columns.
///
/// States are inlined, so that the planner sees that a partial index serves them.
final class TaskConditions {
    private TaskConditions() {}

    /// The condition of a query; reads which templates it means.
    static Condition of(DSLContext dsl, TaskTables tables, TaskQuery query) {
        Tasks tasks = tables.tasks();
        List<Condition> conditions = new ArrayList<>();
        query.annotations().forEach(filter -> conditions.add(hasAnnotation(tables, filter)));
        if (!query.states().isEmpty()) {
            conditions.add(inStates(tasks, query.states()));
        }
        templates(dsl, query).ifPresent(ids -> conditions.add(ofTemplates(tasks, ids)));
        query.createdSince().ifPresent(time -> conditions.add(tasks.CREATED_AT.ge(time)));
        query.completedSince().ifPresent(time -> conditions.add(endedSince(tasks, TaskState.COMPLETE, time)));
        query.failedSince().ifPresent(time -> conditions.add(endedSince(tasks, TaskState.ERROR, time)));
        if (query.active()) {
            conditions.add(isActive(tasks));
        }
        if (!query.tags().isEmpty()) {
            // The second condition is that of the index.
            conditions.add(tasks.TAGS
                    .contains(StoredJson.jsonb(query.tags()))
                    .and(tasks.TAGS.ne(StoredJson.jsonb(List.of()))));
        }
        addOrigin(tasks, query, conditions);
        return DSL.and(conditions);
    }

    /// Tasks in one of these states. There are two partial indexes, so there are parts of which each is served by one.
    static Condition inStates(Tasks tasks, Collection<TaskState> states) {
        return DSL.or(Stream.<Predicate<TaskState>>of(
                        state -> !state.isTerminal(), TaskConditions::isRareEnd, state -> state == TaskState.COMPLETE)
                .map(part -> states.stream().filter(part).sorted().toList())
                .filter(part -> !part.isEmpty())
                .map(part -> tasks.STATE.in(
                        part.stream().map(state -> DSL.inline(state.key())).toList()))
                .toList());
    }

    /// Tasks of these templates. By their ids, as the planner knows how many tasks each has.
    static Condition ofTemplates(Tasks tasks, List<Long> ids) {
        return ids.isEmpty() ? DSL.falseCondition() : tasks.NAMED_TASK_ID.in(ids);
    }

    static boolean isRareEnd(TaskState state) {
        return state.isTerminal() && state != TaskState.COMPLETE;
    }

    static List<TaskState> states(Predicate<TaskState> predicate) {
        return Arrays.stream(TaskState.values()).filter(predicate).toList();
    }

    private static void addOrigin(Tasks tasks, TaskQuery query, List<Condition> conditions) {
        add(conditions, query.initiator(), tasks.INITIATOR::eq);
        add(conditions, query.sourceSystem(), tasks.SOURCE_SYSTEM::eq);
        add(conditions, query.correlationId(), id -> correlatesWith(tasks, id));
        add(conditions, query.parentCorrelationId(), tasks.PARENT_CORRELATION_ID::eq);
        add(conditions, query.priorityMin(), tasks.PRIORITY::ge);
        add(conditions, query.priorityMax(), tasks.PRIORITY::le);
    }

    private static <T> void add(List<Condition> conditions, Optional<T> value, Function<T, Condition> condition) {
        value.map(condition).ifPresent(conditions::add);
    }

    private static Condition endedSince(Tasks tasks, TaskState state, Instant time) {
        return tasks.STATE.eq(DSL.inline(state.key())).and(tasks.ENDED_AT.ge(time));
    }

    /// A task without a correlation id of its own has its identity hash there, and no entry in the index of
    /// correlation ids.
    private static Condition correlatesWith(Tasks tasks, String id) {
        return tasks.CORRELATION_ID
                .eq(id)
                .and(tasks.CORRELATION_ID.ne(tasks.IDENTITY_HASH))
                .or(tasks.IDENTITY_HASH.eq(id).and(tasks.CORRELATION_ID.eq(id)));
    }

    private static Optional<List<Long>> templates(DSLContext dsl, TaskQuery query) {
        if (query.namespace().isEmpty()
                && query.name().isEmpty()
                && query.version().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(dsl.select(NAMED_TASKS.NAMED_TASK_ID)
                .from(NAMED_TASKS)
                .join(TASK_NAMESPACES)
                .on(TASK_NAMESPACES.TASK_NAMESPACE_ID.eq(NAMED_TASKS.TASK_NAMESPACE_ID))
                .where(equal(TASK_NAMESPACES.NAME, query.namespace()))
                .and(equal(NAMED_TASKS.NAME, query.name()))
                .and(equal(NAMED_TASKS.VERSION, query.version()))
                .fetch(NAMED_TASKS.NAMED_TASK_ID));
    }

    private static Condition equal(Field<String> field, Optional<String> value) {
        return value.map(field::eq).orElse(DSL.noCondition());
    }

    private static Condition isActive(Tasks tasks) {
        return inStates(tasks, states(TaskState::isLive))
                .and(DSL.exists(DSL.selectOne()
                        .from(WORKFLOW_STEPS)
                        .where(WORKFLOW_STEPS.TASK_ID.eq(tasks.TASK_ID))
                        .and(WORKFLOW_STEPS
                                .STATE
                                .in(DSL.inline(StepState.PENDING.key()), DSL.inline(StepState.IN_PROGRESS.key()))
                                .or(StepQueryStore.nextRetryAt().isNotNull()))));
    }

    private static Condition hasAnnotation(TaskTables tables, AnnotationFilter filter) {
        TaskAnnotations annotations = tables.annotations();
        Condition value = DSL.or(meanings(filter.value()).stream()
                .map(meaning -> annotations.ANNOTATION.contains(
                        StoredJson.jsonb(Collections.singletonMap(filter.key(), meaning))))
                .toList());
        return tables.tasks()
                .TASK_ID
                .in(DSL.select(annotations.TASK_ID)
                        .from(annotations)
                        .join(ANNOTATION_TYPES)
                        .on(ANNOTATION_TYPES.ANNOTATION_TYPE_ID.eq(annotations.ANNOTATION_TYPE_ID))
                        .where(ANNOTATION_TYPES.NAME.eq(filter.type()))
                        .and(value));
    }

    /// The JSON values that a text may stand for.
    static List<@Nullable Object> meanings(String text) {
        List<@Nullable Object> meanings = new ArrayList<>();
        meanings.add(text);
        scalar(text).ifPresent(meanings::add);
        return meanings;
    }

    private static Optional<Object> scalar(String text) {
        try {
            return Optional.ofNullable(Json.parse(text, "annotation value"))
                    .filter(value -> value instanceof Number || value instanceof Boolean);
        } catch (InvalidRequestException notJson) {
            return Optional.empty();
        }
    }
}
