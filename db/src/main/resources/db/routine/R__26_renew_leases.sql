-- Prolongs the leases that a worker still holds, and marks the worker as alive.
--   Returns  the claims that were renewed, and of each whether its task has ended: then its handler is to be stopped,
--            and what it still returns is recorded. A claim that is missing was lost, and its outcome will be refused.
--   Locks    workflow_steps in order of id.   Caller   the engine, every third of the lease.
CREATE OR REPLACE FUNCTION tasker.renew_leases(
    p_worker text, p_step_ids bigint[], p_claim_ids bigint[], p_lease interval
) RETURNS TABLE (claim_id bigint, stopped boolean)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
    UPDATE tasker.workers AS worker
       SET last_seen_at = tasker.now()
     WHERE worker.worker_id = p_worker;

    RETURN QUERY
    WITH held AS MATERIALIZED (
        SELECT step.workflow_step_id
          FROM unnest(p_step_ids, p_claim_ids) AS claim (workflow_step_id, claim_id)
          JOIN tasker.workflow_steps AS step ON step.workflow_step_id = claim.workflow_step_id
         WHERE step.claim_id = claim.claim_id
           AND step.state = 'in_progress'
         ORDER BY step.workflow_step_id
           FOR UPDATE OF step
    )
    UPDATE tasker.workflow_steps AS step
       SET lease_expires_at = tasker.now() + p_lease
      FROM held
     WHERE step.workflow_step_id = held.workflow_step_id
    RETURNING
        step.claim_id,
        -- A running step is held where its task is paused or has ended: no other task is looked at. One that ends while
        -- this waits for its steps is seen at the next renewal.
        CASE WHEN step.held
             THEN coalesce((SELECT task.state IN ('complete', 'error', 'cancelled', 'resolved_manually')
                              FROM tasker.tasks AS task
                             WHERE task.task_id = step.task_id), false)
             ELSE false
        END;
END
$$;
