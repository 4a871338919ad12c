-- Takes tasks that queues outside of the database are to be given now: never enqueued, due, or lost with their job.
--   Takes    p_limit: per enqueuer; p_repeat: a task that nobody has moved on until then is taken again.
--   Returns  the tasks; is_first is true where the task was never enqueued before.
--   Locks    tasks, never waiting (SKIP LOCKED): of several engines each takes other tasks.
--   Index    tasks_next_enqueue_at_idx.   Caller   every open engine that has such a queue, once a second.
CREATE OR REPLACE FUNCTION tasker.take_enqueuable_tasks(
    p_enqueuers text[], p_limit integer, p_repeat interval DEFAULT '60 s'
) RETURNS TABLE (task_id bigint, enqueuer text, is_first boolean)
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    v_enqueuer text;
BEGIN
    FOREACH v_enqueuer IN ARRAY p_enqueuers LOOP
        RETURN QUERY
        WITH due AS MATERIALIZED (
            SELECT task.task_id, task.enqueued_at
              FROM tasker.tasks AS task
             WHERE task.enqueuer = v_enqueuer
               AND task.state IN ('pending', 'in_progress')
               AND task.next_enqueue_at <= tasker.now()
             ORDER BY task.next_enqueue_at
             LIMIT p_limit
               FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE tasker.tasks AS task
           SET enqueued_at = tasker.now(), next_enqueue_at = tasker.now() + p_repeat
          FROM due
         WHERE task.task_id = due.task_id
        RETURNING task.task_id, task.enqueuer::text, due.enqueued_at IS NULL;
    END LOOP;
END
$$;
