-- Tells the children of steps that were just satisfied; a child that waits for nothing more becomes claimable.
--   Returns  the ids of the tasks in which a child became claimable.
--   Locks    workflow_steps (the children) in order of id.
--   Caller   operate_on_step; a wave releases children itself (complete_steps).
CREATE OR REPLACE FUNCTION tasker.release_children(p_satisfied_step_ids bigint[])
RETURNS bigint[]
LANGUAGE plpgsql
AS $$
DECLARE
    v_task_ids bigint[];
BEGIN
    WITH satisfied AS (
        SELECT edge.to_step_id, count(*)::integer AS parents
          FROM tasker.workflow_step_edges AS edge
         WHERE edge.from_step_id = ANY (p_satisfied_step_ids)
         GROUP BY edge.to_step_id
    ),
    child AS MATERIALIZED (
        SELECT step.workflow_step_id, satisfied.parents
          FROM satisfied
          JOIN tasker.workflow_steps AS step ON step.workflow_step_id = satisfied.to_step_id
         ORDER BY step.workflow_step_id
           FOR UPDATE OF step
    ),
    updated AS (
        UPDATE tasker.workflow_steps AS step
           SET unmet_dependencies = step.unmet_dependencies - child.parents,
               claimable = step.unmet_dependencies = child.parents AND step.state = 'pending' AND NOT step.held,
               updated_at = tasker.now()
          FROM child
         WHERE step.workflow_step_id = child.workflow_step_id
        RETURNING step.task_id, step.claimable
    )
    SELECT array_agg(DISTINCT updated.task_id)
      INTO v_task_ids
      FROM updated
     WHERE updated.claimable;
    RETURN coalesce(v_task_ids, '{}');
END
$$;
