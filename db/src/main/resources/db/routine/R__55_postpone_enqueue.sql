-- Has the sweep take tasks after p_delay: their queue could not be given them. One that is due already stays so:
-- somebody wants it run at once.
--   Locks    tasks in order of id.   Caller   the sweep, and the job of a task.
CREATE OR REPLACE FUNCTION tasker.postpone_enqueue(p_task_ids bigint[], p_delay interval) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM task.task_id
       FROM tasker.tasks AS task
      WHERE task.task_id = ANY (p_task_ids)
      ORDER BY task.task_id
        FOR NO KEY UPDATE;

    UPDATE tasker.tasks AS task
       SET next_enqueue_at = tasker.now() + p_delay
     WHERE task.task_id = ANY (p_task_ids)
       AND task.enqueuer IS NOT NULL
       AND (task.next_enqueue_at <= tasker.now()) IS NOT TRUE;
END
$$;
