-- Takes steps away from workers whose lease has run out: in_progress -> error (reason lease_expired).
-- A step with attempts left is due at once, without backoff; one without stays in error and its task is settled.
--   Returns  kind expired  (a step that was taken: {"name", "attempts", "retry_limit", "worker", "runs_again",
--                           "claimed_at", "at", "namespace", "task_name", "version"}),
--            kind verdict  (a task that was settled, as advance returns it).
--   Locks    workflow_steps, never waiting (SKIP LOCKED); then tasks in order of id.
--   Index    workflow_steps_in_progress_idx.   Caller   the scheduler, once a second.
-- The form of its rows has changed once.
DROP FUNCTION IF EXISTS tasker.expire_leases(integer);
CREATE FUNCTION tasker.expire_leases(p_limit integer)
RETURNS TABLE (kind text, task_id bigint, workflow_step_id bigint, claim_id bigint, payload jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now     CONSTANT timestamptz := tasker.now();
    v_expired tasker.workflow_steps[];
    v_settle  bigint[];
BEGIN
    v_expired := ARRAY(
        SELECT step
          FROM tasker.workflow_steps AS step
         WHERE step.state = 'in_progress'
           AND step.lease_expires_at < v_now
         ORDER BY step.workflow_step_id
         LIMIT p_limit
           FOR UPDATE SKIP LOCKED
    );
    IF cardinality(v_expired) = 0 THEN
        RETURN;
    END IF;

    UPDATE tasker.workflow_steps AS step
       SET state            = 'error',
           claimable        = tasker.retry_is_allowed(step.retryable, false, step.attempts, step.retry_limit)
                              AND NOT step.held,
           due_at           = v_now,
           error            = jsonb_build_object(
                                  'class', 'LeaseExpired',
                                  'message', format('worker %s stopped renewing its lease; the outcome of attempt %s is unknown',
                                                    expired.lease_owner, expired.attempts),
                                  'error_code', 'LEASE_EXPIRED',
                                  'retryable', true,
                                  'at', to_jsonb(v_now)),
           last_failure_at  = v_now,
           lease_owner      = NULL,
           lease_expires_at = NULL,
           updated_at       = v_now
      FROM unnest(v_expired) AS expired
     WHERE step.workflow_step_id = expired.workflow_step_id;

    INSERT INTO tasker.workflow_step_transitions (task_id, workflow_step_id, from_state, to_state, metadata)
    SELECT expired.task_id,
           expired.workflow_step_id,
           'in_progress',
           'error',
           jsonb_build_object('reason', 'lease_expired', 'attempt', expired.attempts,
                              'claim_id', expired.claim_id, 'worker', expired.lease_owner)
      FROM unnest(v_expired) AS expired
     ORDER BY expired.workflow_step_id;

    v_settle := ARRAY(
        SELECT DISTINCT expired.task_id
          FROM unnest(v_expired) AS expired
         WHERE NOT tasker.retry_is_allowed(expired.retryable, false, expired.attempts, expired.retry_limit)
    );
    -- A queue outside of the database has lost the job of its task with the worker.
    PERFORM tasker.enqueue_now(
        ARRAY(SELECT DISTINCT expired.task_id FROM unnest(v_expired) AS expired WHERE expired.queued_outside), v_settle);

    RETURN QUERY
    SELECT 'expired',
           expired.task_id,
           expired.workflow_step_id,
           expired.claim_id,
           jsonb_build_object(
               'name', expired.name,
               'attempts', expired.attempts,
               'retry_limit', expired.retry_limit,
               'worker', expired.lease_owner,
               'runs_again', tasker.retry_is_allowed(expired.retryable, false, expired.attempts, expired.retry_limit),
               'claimed_at', expired.last_attempted_at,
               'at', v_now,
               'namespace', namespace.name,
               'task_name', named_task.name,
               'version', named_task.version)
      FROM unnest(v_expired) AS expired
      JOIN tasker.tasks AS task ON task.task_id = expired.task_id
      JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
      JOIN tasker.task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
     ORDER BY expired.workflow_step_id;

    RETURN QUERY
    SELECT 'verdict',
           settled.task_id,
           NULL::bigint,
           NULL::bigint,
           jsonb_build_object('verdict', settled.verdict,
                              'resumes_at', settled.resumes_at,
                              'blocked_step_ids', settled.blocked_step_ids,
                              'at', v_now,
                              'summary', settled.summary)
      FROM tasker.settle_tasks(v_settle) AS settled;
END
$$;
