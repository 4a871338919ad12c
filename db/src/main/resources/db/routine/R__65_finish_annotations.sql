-- Stores what the task handler of an ended task wants to have beside it, once: of several callers the first one stores.
--   Takes    the end that the handler was told of, and [{type, value}]; types are made where there are none of that name.
--   Returns  whether it stored; false where somebody else did, or where the task has ended anew since.
--   Locks    the task.   Caller   AnnotationStore.
CREATE OR REPLACE FUNCTION tasker.finish_annotations(p_task_id bigint, p_ended_at timestamptz, p_annotations jsonb)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE tasker.tasks AS task
       SET annotations_due = false, updated_at = tasker.now()
     WHERE task.task_id = p_task_id
       AND task.annotations_due
       AND task.ended_at = p_ended_at;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    INSERT INTO tasker.annotation_types (name)
    SELECT DISTINCT annotation.value ->> 'type' AS name
      FROM jsonb_array_elements(p_annotations) AS annotation (value)
     WHERE NOT EXISTS (SELECT 1 FROM tasker.annotation_types AS known WHERE known.name = annotation.value ->> 'type')
     ORDER BY name
    ON CONFLICT (name) DO NOTHING;

    INSERT INTO tasker.task_annotations (task_id, annotation_type_id, annotation)
    SELECT p_task_id, type.annotation_type_id, annotation.value -> 'value'
      FROM jsonb_array_elements(p_annotations) WITH ORDINALITY AS annotation (value, ordinality)
      JOIN tasker.annotation_types AS type ON type.name = annotation.value ->> 'type'
     ORDER BY annotation.ordinality;
    RETURN true;
END
$$;
