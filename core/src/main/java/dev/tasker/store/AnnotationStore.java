package dev.tasker.store;

import static dev.tasker.db.generated.Tables.ANNOTATION_TYPES;
import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.TASK_ANNOTATIONS;

import dev.tasker.db.generated.Routines;
import dev.tasker.error.NotFoundException;
import dev.tasker.identity.TaskId;
import dev.tasker.request.Annotation;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.JSONB;

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

    /// The annotations of a task, oldest first.
    ///
    /// @param after only those with a higher id: the last one of the page before; 0 for the first page
    /// @param limit 1 to [#PAGE_ROWS_MAX]
    /// @throws NotFoundException TASK_NOT_FOUND
    public List<StoredAnnotation> list(TaskId task, long after, int limit) {
        List<StoredAnnotation> annotations = database.call(dsl -> list(dsl, task, after, limit));
        if (annotations.isEmpty() && !exists(task)) {
            throw TaskStore.notFound(task);
        }
        return annotations;
    }

    static List<StoredAnnotation> list(DSLContext dsl, TaskId task, long after, int limit) {
        return dsl.select(
                        TASK_ANNOTATIONS.TASK_ANNOTATION_ID,
                        ANNOTATION_TYPES.NAME,
                        TASK_ANNOTATIONS.ANNOTATION,
                        TASK_ANNOTATIONS.CREATED_AT)
                .from(TASK_ANNOTATIONS)
                .join(ANNOTATION_TYPES)
                .on(ANNOTATION_TYPES.ANNOTATION_TYPE_ID.eq(TASK_ANNOTATIONS.ANNOTATION_TYPE_ID))
                .where(TASK_ANNOTATIONS.TASK_ID.eq(task.value()))
                .and(TASK_ANNOTATIONS.TASK_ANNOTATION_ID.gt(after))
                .orderBy(TASK_ANNOTATIONS.TASK_ANNOTATION_ID)
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
