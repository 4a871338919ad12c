-- Has queues outside of the database given tasks at their next look; tasks without an enqueuer stay as they are.
--   Takes    p_locked_as_well: tasks that the caller will change later in its transaction. All are locked in one go, so that
--            its order of locks stays the order of ids.
--   Locks    tasks in order of id.
--   Caller   advance, expire_leases, and whoever lets a task go on that did not run (launch, resume, retry, resolve).
CREATE OR REPLACE FUNCTION tasker.enqueue_now(p_task_ids bigint[], p_locked_as_well bigint[] DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF cardinality(p_task_ids) = 0 THEN
        RETURN;
    END IF;
    PERFORM task.task_id
       FROM tasker.tasks AS task
      WHERE task.task_id = ANY (p_task_ids || p_locked_as_well)
      ORDER BY task.task_id
        FOR NO KEY UPDATE;

    UPDATE tasker.tasks AS task
       SET next_enqueue_at = tasker.now()
     WHERE task.task_id = ANY (p_task_ids)
       AND task.enqueuer IS NOT NULL;
END
$$;
