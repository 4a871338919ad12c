-- Adds an annotation to a task; its type is made where there is none of that name.
--   Returns  the id of the annotation; null where there is no such task, and then nothing is made.
--   Locks    the task (FOR KEY SHARE, which no wave waits for).   Caller   AnnotationStore.add.
CREATE OR REPLACE FUNCTION tasker.annotate_task(p_task_id bigint, p_type text, p_annotation jsonb) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_annotation_id bigint;
BEGIN
    PERFORM task.task_id
       FROM tasker.tasks AS task
      WHERE task.task_id = p_task_id
        FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    INSERT INTO tasker.annotation_types (name)
    SELECT p_type
     WHERE NOT EXISTS (SELECT 1 FROM tasker.annotation_types AS known WHERE known.name = p_type)
    ON CONFLICT (name) DO NOTHING;

    INSERT INTO tasker.task_annotations (task_id, annotation_type_id, annotation)
    SELECT p_task_id, type.annotation_type_id, p_annotation
      FROM tasker.annotation_types AS type
     WHERE type.name = p_type
    RETURNING task_annotation_id INTO v_annotation_id;
    RETURN v_annotation_id;
END
$$;
