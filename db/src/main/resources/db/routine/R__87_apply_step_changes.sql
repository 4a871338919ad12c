-- Writes what a wave has decided: each step once, and a transition for each change of state.
--   Locks    nothing more: whoever decided holds the steps.   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.apply_step_changes(p_changes tasker.step_change[], p_worker text, p_lease interval)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_now CONSTANT timestamptz := tasker.now();
BEGIN
    UPDATE tasker.workflow_steps AS step
       SET state              = change.to_state,
           claimable          = change.claimable,
           unmet_dependencies = change.unmet_dependencies,
           due_at             = change.due_at,
           attempts           = change.attempts,
           claim_id           = change.claim_id,
           permanent_failure  = CASE WHEN change.outcome IS NULL THEN step.permanent_failure
                                     ELSE change.outcome = 'permanent_failure'
                                END,
           results            = CASE WHEN change.outcome = 'success' THEN change.results ELSE step.results END,
           error              = CASE WHEN change.outcome <> 'release' THEN change.error ELSE step.error END,
           backoff_request_seconds
                              = CASE WHEN change.outcome <> 'release' THEN ceil(change.retry_after_seconds)::integer
                                     ELSE step.backoff_request_seconds
                                END,
           last_attempted_at  = CASE WHEN change.to_state = 'in_progress' AND change.metadata IS NOT NULL THEN v_now
                                     ELSE step.last_attempted_at
                                END,
           last_failure_at    = CASE WHEN change.outcome IN ('retryable_failure', 'permanent_failure') THEN v_now
                                     ELSE step.last_failure_at
                                END,
           ended_at           = CASE WHEN change.outcome = 'success' THEN v_now
                                     WHEN change.outcome IS NULL THEN step.ended_at
                                END,
           lease_owner        = CASE WHEN change.metadata IS NULL THEN step.lease_owner
                                     WHEN change.to_state = 'in_progress' THEN p_worker
                                END,
           lease_expires_at   = CASE WHEN change.metadata IS NULL THEN step.lease_expires_at
                                     WHEN change.to_state = 'in_progress' THEN v_now + p_lease
                                END,
           updated_at         = v_now
      FROM unnest(p_changes) AS change
     WHERE step.workflow_step_id = change.workflow_step_id;

    INSERT INTO tasker.workflow_step_transitions
           (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
    SELECT passage.task_id, passage.workflow_step_id, passage.from_state, passage.to_state, passage.metadata, v_now
      FROM (
          -- A retry passes through pending.
          SELECT change.ordinality, 1 AS place, change.task_id, change.workflow_step_id,
                 'error' AS from_state, 'pending' AS to_state,
                 jsonb_build_object('reason', 'retry', 'attempt', change.attempts) AS metadata
            FROM unnest(p_changes) WITH ORDINALITY AS change
           WHERE change.from_state = 'error'
             AND change.to_state = 'in_progress'
          UNION ALL
          SELECT change.ordinality, 2, change.task_id, change.workflow_step_id,
                 CASE WHEN change.from_state = 'error' THEN 'pending' ELSE change.from_state END, change.to_state,
                 change.metadata
            FROM unnest(p_changes) WITH ORDINALITY AS change
           WHERE change.metadata IS NOT NULL
           ORDER BY 1, 2
      ) AS passage;
END
$$;
