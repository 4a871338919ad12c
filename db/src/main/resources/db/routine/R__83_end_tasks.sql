-- Completes tasks of which no step is left, where nobody else can be ending them.
--   Takes    tasks of which steps have just ended.
--   Returns  the tasks that are complete, with the summary of settle_tasks; and the others: one of their steps has not ended,
--            or somebody else is ending it, for whom settle_tasks waits.
--   Locks    tasks.   Caller   complete_step, continue_steps.
CREATE OR REPLACE FUNCTION tasker.end_tasks(
    p_task_ids bigint[],
    OUT task_ids   bigint[],
    OUT summaries  jsonb[],
    OUT settle_ids bigint[]
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now CONSTANT timestamptz := tasker.now();
BEGIN
    WITH ended AS (
        UPDATE tasker.tasks AS task
           SET state           = 'complete',
               ended_at        = v_now,
               annotations_due = task.task_handler_key IS NOT NULL,
               updated_at      = v_now
         WHERE task.task_id = ANY (p_task_ids)
           AND task.state = 'in_progress'
           AND NOT EXISTS (
                   SELECT
                     FROM tasker.workflow_steps AS step
                    WHERE step.task_id = task.task_id
                      AND NOT tasker.dependency_is_satisfied(step.state))
        RETURNING task.task_id, coalesce(task.started_at, task.created_at) AS started_at, task.total_steps
    )
    SELECT coalesce(array_agg(ended.task_id), '{}'),
           array_agg(jsonb_build_object(
               'state', 'in_progress',
               'started_at', ended.started_at,
               'total_steps', ended.total_steps,
               'completed_steps', ended.total_steps,
               'failed_steps', 0,
               'in_progress_steps', 0,
               'pending_steps', 0))
      INTO task_ids, summaries
      FROM ended;
    IF cardinality(task_ids) = 0 THEN
        settle_ids := p_task_ids;
        RETURN;
    END IF;
    INSERT INTO tasker.task_transitions (task_id, from_state, to_state, created_at)
    SELECT ended.task_id, 'in_progress', 'complete', v_now
      FROM unnest(task_ids) AS ended (task_id);
    IF cardinality(task_ids) < cardinality(p_task_ids) THEN
        settle_ids := ARRAY(SELECT unnest(p_task_ids) EXCEPT SELECT unnest(task_ids));
    ELSE
        settle_ids := '{}';
    END IF;
END
$$;
