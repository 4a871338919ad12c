-- Ended tasks whose task handler is still to be asked for annotations, the oldest ones of each handler first.
--   Takes    the keys of task handlers, and tasks to leave out.
--   Returns  at most p_limit tasks of each handler.
--   Locks    nothing.   Index    tasks_annotations_due_idx, one probe per key.   Caller   AnnotationStore, once a second.
CREATE OR REPLACE FUNCTION tasker.due_annotations(p_task_handler_keys text[], p_excluded_ids bigint[], p_limit integer)
RETURNS TABLE (task_id bigint)
LANGUAGE sql STABLE
-- The plan is kept: it must not be one that was made while the table was small.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
    SELECT due.task_id
      FROM unnest(p_task_handler_keys) AS handler (key)
     CROSS JOIN LATERAL (
         SELECT task.task_id
           FROM tasker.tasks AS task
          WHERE task.task_handler_key = handler.key
            AND task.annotations_due
            -- One that an operator has sent back to work ends again.
            AND task.ended_at IS NOT NULL
            AND NOT task.task_id = ANY (p_excluded_ids)
          ORDER BY task.task_id
          LIMIT p_limit
     ) AS due
$$;
