-- Prolongs the leases that a worker still holds, and marks the worker as alive.
--   Returns  the claims that it holds; of each, whether its lease was prolonged, and whether its task has ended: then
--            its handler is to be stopped, and what it still returns is recorded. A lease that was not prolonged stands on
--            a step that somebody else has locked: nothing is lost, and the caller asks again soon. A claim that is
--            missing was lost, and its outcome will be refused.
--   Locks    workflow_steps, and the row of the worker, never waiting (SKIP LOCKED): one step that is locked for long
--            costs no other one its lease.
--   Caller   the engine, every third of the lease; for what was not prolonged, every 250 ms.
-- The form of its rows has changed twice.
DROP FUNCTION IF EXISTS tasker.renew_leases(text, bigint[], bigint[], interval);
CREATE FUNCTION tasker.renew_leases(
    p_worker text, p_step_ids bigint[], p_claim_ids bigint[], p_lease interval
) RETURNS TABLE (claim_id bigint, renewed boolean, stopped boolean)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_locked_ids bigint[];
BEGIN
    UPDATE tasker.workers AS worker
       SET last_seen_at = tasker.now()
     WHERE worker.worker_id = (
               SELECT known.worker_id
                 FROM tasker.workers AS known
                WHERE known.worker_id = p_worker
                  FOR NO KEY UPDATE SKIP LOCKED);

    -- Locked in a statement of its own: the next one sees these steps and their tasks as they are. Who lets an ended
    -- task go on locks its steps first.
    v_locked_ids := ARRAY(
        SELECT step.workflow_step_id
          FROM unnest(p_step_ids, p_claim_ids) AS claim (workflow_step_id, claim_id)
          JOIN tasker.workflow_steps AS step ON step.workflow_step_id = claim.workflow_step_id
         WHERE step.claim_id = claim.claim_id
           AND step.state = 'in_progress'
           FOR NO KEY UPDATE OF step SKIP LOCKED
    );

    RETURN QUERY
    WITH current_claim AS MATERIALIZED (
        SELECT step.workflow_step_id,
               step.claim_id,
               step.workflow_step_id = ANY (v_locked_ids) AS is_locked,
               coalesce((SELECT task.state IN ('complete', 'error', 'cancelled', 'resolved_manually')
                           FROM tasker.tasks AS task
                          WHERE task.task_id = step.task_id), false) AS has_ended
          FROM unnest(p_step_ids, p_claim_ids) AS claim (workflow_step_id, claim_id)
          JOIN tasker.workflow_steps AS step ON step.workflow_step_id = claim.workflow_step_id
         WHERE step.claim_id = claim.claim_id
           AND step.state = 'in_progress'
    ),
    prolonged AS (
        -- settle_tasks does not hold a step that was locked when its task ended; this does it later.
        UPDATE tasker.workflow_steps AS step
           SET lease_expires_at = tasker.now() + p_lease,
               held             = step.held OR current_claim.has_ended
          FROM current_claim
         WHERE step.workflow_step_id = current_claim.workflow_step_id
           AND current_claim.is_locked
    )
    SELECT current_claim.claim_id, current_claim.is_locked, current_claim.has_ended
      FROM current_claim;
END
$$;
