package dev.tasker.store;

import static dev.tasker.db.generated.Tables.ANNOTATION_TYPES;
import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.TASK_ANNOTATIONS;

import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.TaskAnnotations;
import dev.tasker.error.NotFoundException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.TaskId;
import dev.tasker.request.Annotation;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/// Notes on tasks, which are only ever added. Safe from any thread.
public final class AnnotationStore {
    /// The most that one page lists.
    public static final int PAGE_ROWS_MAX = 1_000;

    private final Database database;

    public AnnotationStore(Database database) {
        this.database = database;
    }

    /// An annotation as it was stored.
    public record StoredAnnotation(long id, TaskId task, Annotation annotation, Instant at) {}

    /// A kind of annotations.
    public record AnnotationType(String name, Optional<String> description) {}

    /// Adds an annotation to a task in any state; makes its type where there is none of that name.
    ///
    /// @return the annotation's id
    /// @throws NotFoundException TASK_NOT_FOUND
    public long add(TaskId task, Annotation annotation) {
        JSONB value = StoredJson.jsonb(annotation.value());
        Optional<Long> id = Optional.ofNullable(database.call(
                dsl -> Routines.annotateTask(dsl.configuration(), task.value(), annotation.type(), value)));
        return id.orElseThrow(() -> TaskStore.notFound(task));
    }

    /// Ended tasks whose task handler is still to be asked for annotations.
    ///
    /// @param taskHandlers whose tasks are wanted
    /// @param excluded     tasks to leave out
    /// @param limit        of each task handler
    public List<TaskId> due(Set<HandlerKey> taskHandlers, List<TaskId> excluded, int limit) {
        String[] keys = taskHandlers.stream().map(HandlerKey::toString).toArray(String[]::new);
        Long[] ids = excluded.stream().map(TaskId::value).toArray(Long[]::new);
        return database.call(dsl -> Tables.DUE_ANNOTATIONS(dsl.configuration(), keys, ids, limit)).stream()
                .map(row -> new TaskId(row.getTaskId()))
                .toList();
    }

    /// Stores what the task handler of an ended task answered, unless that was done before or the task has ended
    /// anew since.
    ///
    /// @param endedAt the end that the task handler was told of
    /// @return whether it stored
    public boolean finish(TaskId task, Instant endedAt, List<Annotation> annotations) {
        JSONB json =
                StoredJson.jsonb(annotations.stream().map(AnnotationStore::json).toList());
        return Boolean.TRUE.equals(
                database.call(dsl -> Routines.finishAnnotations(dsl.configuration(), task.value(), endedAt, json)));
    }

    private static Map<String, @Nullable Object> json(Annotation annotation) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("type", annotation.type());
        json.put("value", annotation.value());
        return json;
    }

    /// The annotations of a task, oldest first.
    ///
    /// @param after only those with a higher id: the last one of the page before; 0 for the first page
    /// @param limit 1 to [#PAGE_ROWS_MAX]
    /// @throws NotFoundException TASK_NOT_FOUND
    public List<StoredAnnotation> list(TaskId task, long after, int limit) {
        List<StoredAnnotation> annotations = database.call(dsl -> list(dsl, TASK_ANNOTATIONS, task, after, limit));
        if (annotations.isEmpty() && !exists(task)) {
            throw TaskStore.notFound(task);
        }
        return annotations;
    }

    static List<StoredAnnotation> list(
            DSLContext dsl, TaskAnnotations annotations, TaskId task, long after, int limit) {
        return dsl.select(
                        annotations.TASK_ANNOTATION_ID,
                        ANNOTATION_TYPES.NAME,
                        annotations.ANNOTATION,
                        annotations.CREATED_AT)
                .from(annotations)
                .join(ANNOTATION_TYPES)
                .on(ANNOTATION_TYPES.ANNOTATION_TYPE_ID.eq(annotations.ANNOTATION_TYPE_ID))
                .where(annotations.TASK_ID.eq(task.value()))
                .and(annotations.TASK_ANNOTATION_ID.gt(after))
                .orderBy(annotations.TASK_ANNOTATION_ID)
                .limit(Math.clamp(limit, 1, PAGE_ROWS_MAX))
                .fetch(row -> new StoredAnnotation(
                        row.value1(),
                        task,
                        new Annotation(row.value2(), StoredJson.value(row.value3())),
                        row.value4()));
    }

    /// All types, by name.
    public List<AnnotationType> types() {
        return database.call(dsl -> dsl.select(ANNOTATION_TYPES.NAME, ANNOTATION_TYPES.DESCRIPTION)
                .from(ANNOTATION_TYPES)
                .orderBy(ANNOTATION_TYPES.NAME)
                .fetch(row -> new AnnotationType(row.value1(), Optional.ofNullable(row.value2()))));
    }

    private boolean exists(TaskId task) {
        return database.call(dsl -> dsl.fetchExists(dsl.selectOne().from(TASKS).where(TASKS.TASK_ID.eq(task.value()))));
    }
}
