-- Ends tasks whose deadline has passed: the task becomes error (reason deadline_exceeded), what is left of it is held.
-- Steps that are running keep their claim, and their outcomes are still recorded; whoever runs them is told with
-- pg_notify('tasker_interrupts', task_id) to stop them.
--   Returns  the tasks that it ended, with the state they were in.
--   Locks    all unfinished steps of up to p_limit tasks in order of id, then these tasks in order of id: whatever a
--            wave is doing to one of the steps is done before the steps are held. Children come after their parents
--            by id, so a wave that waits for a child here holds no step that this waits for.
--   Index    tasks_deadline_at_idx; one probe where no deadline has passed.   Caller   the engine, once a second.
CREATE OR REPLACE FUNCTION tasker.expire_deadlines(p_limit integer)
RETURNS TABLE (task_id bigint, from_state text)
LANGUAGE plpgsql
-- For the reason that create_tasks gives.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_overdue_ids bigint[];
BEGIN
    v_overdue_ids := ARRAY(
        SELECT task.task_id
          FROM tasker.tasks AS task
         WHERE task.deadline_at <= tasker.now()
           AND task.deadline_expired_at IS NULL
           AND task.state IN ('pending', 'in_progress', 'paused')
         ORDER BY task.deadline_at
         LIMIT p_limit
    );
    IF cardinality(v_overdue_ids) = 0 THEN
        RETURN;
    END IF;

    PERFORM step.workflow_step_id
       FROM tasker.workflow_steps AS step
      WHERE step.task_id = ANY (v_overdue_ids)
        AND step.state IN ('pending', 'in_progress', 'error')
      ORDER BY step.workflow_step_id
        FOR UPDATE;

    RETURN QUERY
    WITH expired AS MATERIALIZED (
        -- A task may have ended, or have been expired by another engine, while this one waited.
        SELECT task.task_id, task.state, task.deadline_at
          FROM tasker.tasks AS task
         WHERE task.task_id = ANY (v_overdue_ids)
           AND task.deadline_at <= tasker.now()
           AND task.deadline_expired_at IS NULL
           AND task.state IN ('pending', 'in_progress', 'paused')
         ORDER BY task.task_id
           FOR NO KEY UPDATE
    ),
    ended AS (
        UPDATE tasker.tasks AS task
           SET state = 'error', ended_at = tasker.now(), deadline_expired_at = tasker.now(), updated_at = tasker.now(),
               annotations_due = task.task_handler_key IS NOT NULL
          FROM expired
         WHERE task.task_id = expired.task_id
    ),
    audited AS (
        INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata)
        SELECT expired.task_id,
               expired.state,
               'error',
               jsonb_build_object('reason', 'deadline_exceeded', 'deadline_at', expired.deadline_at)
          FROM expired
    ),
    withheld AS (
        UPDATE tasker.workflow_steps AS step
           SET claimable = false, held = true, updated_at = tasker.now()
          FROM expired
         WHERE step.task_id = expired.task_id
           AND step.state IN ('pending', 'in_progress', 'error')
    ),
    told AS MATERIALIZED (
        SELECT expired.task_id, expired.state, pg_notify('tasker_interrupts', expired.task_id::text)
          FROM expired
    )
    SELECT told.task_id, told.state::text
      FROM told;
END
$$;
