-- Locks tasks that are to be archived, with all their steps, and leaves out those that must wait: of which somebody else
-- holds a row, a step is running, the task handler is still to be asked, or a durable subscriber lacks a transition.
--   Returns  the tasks that are locked and may go, by id.
--   Locks    workflow_steps by id, then tasks by id; skips what others hold. It never waits, so that it can be no part
--            of a deadlock.
--   Index    by task of each table.   Caller   archive_tasks.
CREATE OR REPLACE FUNCTION tasker.lock_for_archive(p_task_ids bigint[], p_before timestamptz, p_states text[])
RETURNS bigint[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    v_task_ids      bigint[];
    v_read_to       bigint;
    v_read_to_after bigint;
BEGIN
    WITH locked AS MATERIALIZED (
        SELECT step.task_id, step.state
          FROM tasker.workflow_steps AS step
         WHERE step.task_id = ANY (p_task_ids)
         ORDER BY step.workflow_step_id
           FOR UPDATE SKIP LOCKED
    ),
    counted AS MATERIALIZED (
        SELECT locked.task_id, count(*) AS steps, bool_or(locked.state = 'in_progress') AS is_running
          FROM locked
         GROUP BY locked.task_id
    )
    SELECT array_agg(asked.task_id ORDER BY asked.task_id)
      INTO v_task_ids
      FROM unnest(p_task_ids) AS asked (task_id)
      LEFT JOIN counted ON counted.task_id = asked.task_id
     CROSS JOIN LATERAL (
         SELECT count(*) AS steps FROM tasker.workflow_steps AS step WHERE step.task_id = asked.task_id
     ) AS there
     WHERE coalesce(counted.steps, 0) = there.steps
       AND NOT coalesce(counted.is_running, false);

    v_task_ids := ARRAY(
        SELECT task.task_id
          FROM tasker.tasks AS task
         WHERE task.task_id = ANY (v_task_ids)
           AND task.state = ANY (p_states)
           AND task.ended_at < p_before
           AND NOT task.annotations_due
         ORDER BY task.task_id
           FOR UPDATE SKIP LOCKED
    );

    -- What is archived is read by no subscriber any more: the one that is farthest behind decides.
    SELECT subscriber.position_transaction_id, subscriber.position_transition_id
      INTO v_read_to, v_read_to_after
      FROM tasker.event_subscribers AS subscriber
     ORDER BY subscriber.position_transaction_id, subscriber.position_transition_id
     LIMIT 1;
    IF NOT FOUND THEN
        RETURN v_task_ids;
    END IF;
    RETURN ARRAY(
        SELECT locked.task_id
          FROM unnest(v_task_ids) AS locked (task_id)
         WHERE NOT EXISTS (
                   SELECT 1
                     FROM tasker.task_transitions AS moved
                    WHERE moved.task_id = locked.task_id
                      AND (moved.transaction_id, moved.task_transition_id) > (v_read_to, v_read_to_after))
           AND NOT EXISTS (
                   SELECT 1
                     FROM tasker.workflow_step_transitions AS moved
                    WHERE moved.task_id = locked.task_id
                      AND (moved.transaction_id, moved.workflow_step_transition_id) > (v_read_to, v_read_to_after))
         ORDER BY locked.task_id
    );
END
$$;
