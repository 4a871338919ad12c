-- Starts the pending ones among the tasks of steps that are about to be claimed: the first claim of a task starts it.
--   Returns  the tasks that it has started. One that somebody else holds stays pending, and keeps its steps for later.
--   Locks    tasks, never waiting (SKIP LOCKED).   Caller   claim_steps.
CREATE OR REPLACE FUNCTION tasker.launch_tasks(p_worker text, p_step_ids bigint[])
RETURNS bigint[]
LANGUAGE plpgsql
AS $$
DECLARE
    v_pending_ids  bigint[];
    v_launched_ids bigint[];
BEGIN
    -- OFFSET 0 keeps the planner on the primary key: by the state it would walk all unfinished tasks.
    v_pending_ids := ARRAY(
        SELECT task.task_id
          FROM (
              SELECT known.task_id, known.state
                FROM tasker.tasks AS known
               WHERE known.task_id IN (
                         SELECT step.task_id
                           FROM tasker.workflow_steps AS step
                          WHERE step.workflow_step_id = ANY (p_step_ids))
              OFFSET 0
          ) AS task
         WHERE task.state = 'pending'
    );
    IF cardinality(v_pending_ids) = 0 THEN
        RETURN '{}';
    END IF;

    WITH pending AS MATERIALIZED (
        SELECT task.task_id
          FROM tasker.tasks AS task
         WHERE task.task_id = ANY (v_pending_ids)
           AND task.state = 'pending'
         ORDER BY task.task_id
           FOR NO KEY UPDATE SKIP LOCKED
    ),
    launched AS (
        UPDATE tasker.tasks AS task
           SET state = 'in_progress', started_at = coalesce(task.started_at, tasker.now()), updated_at = tasker.now()
          FROM pending
         WHERE task.task_id = pending.task_id
        RETURNING task.task_id
    ),
    audited AS (
        INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata)
        SELECT launched.task_id, 'pending', 'in_progress', jsonb_build_object('worker', p_worker)
          FROM launched
         ORDER BY launched.task_id
    )
    SELECT coalesce(array_agg(launched.task_id), '{}') INTO v_launched_ids FROM launched;
    RETURN v_launched_ids;
END
$$;
