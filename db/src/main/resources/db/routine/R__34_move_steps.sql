-- Moves steps by the hand of an operator, each from whatever state it is in, and appends their transitions.
-- A lease ends with it: the outcome of a step that was running is refused, and engines are told to stop its handler.
--   Takes    p_results: stored where it is not null; p_reset_attempts: count attempts anew;
--            p_metadata: what every transition carries.
--   Returns  nothing. The caller frees or holds what is pending afterwards (follow_operator).
--   Locks    nothing more: the caller holds the steps.
--   Notifies tasker_interrupts with the id of each task of which a running step was taken away.
--   Caller   operate_on_tasks, operate_on_step.
CREATE OR REPLACE FUNCTION tasker.move_steps(
    p_step_ids       bigint[],
    p_to_state       text,
    p_metadata       jsonb,
    p_results        jsonb DEFAULT NULL,
    p_reset_attempts boolean DEFAULT false
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_interrupted_ids bigint[];
BEGIN
    v_interrupted_ids := ARRAY(
        SELECT DISTINCT step.task_id
          FROM tasker.workflow_steps AS step
         WHERE step.workflow_step_id = ANY (p_step_ids)
           AND step.state = 'in_progress'
    );
    INSERT INTO tasker.workflow_step_transitions (task_id, workflow_step_id, from_state, to_state, metadata)
    SELECT step.task_id,
           step.workflow_step_id,
           step.state,
           p_to_state,
           p_metadata || jsonb_strip_nulls(jsonb_build_object(
               'attempts_before', CASE WHEN p_reset_attempts THEN step.attempts END,
               'attempt', CASE WHEN step.state = 'in_progress' THEN step.attempts END,
               'claim_id', CASE WHEN step.state = 'in_progress' THEN step.claim_id END,
               'worker', step.lease_owner))
      FROM tasker.workflow_steps AS step
     WHERE step.workflow_step_id = ANY (p_step_ids)
     ORDER BY step.workflow_step_id;

    UPDATE tasker.workflow_steps AS step
       SET state                   = p_to_state,
           claimable               = false,
           due_at                  = CASE WHEN p_to_state = 'pending' THEN tasker.now() ELSE step.due_at END,
           attempts                = CASE WHEN p_reset_attempts THEN 0 ELSE step.attempts END,
           permanent_failure       = step.permanent_failure AND p_to_state <> 'pending',
           backoff_request_seconds = CASE WHEN p_to_state = 'pending' THEN NULL ELSE step.backoff_request_seconds END,
           results                 = coalesce(p_results, step.results),
           ended_at                = CASE WHEN p_to_state = 'pending' THEN NULL ELSE tasker.now() END,
           lease_owner             = NULL,
           lease_expires_at        = NULL,
           updated_at              = tasker.now()
     WHERE step.workflow_step_id = ANY (p_step_ids);

    PERFORM pg_notify('tasker_interrupts', interrupted.task_id::text)
       FROM unnest(v_interrupted_ids) AS interrupted (task_id);
END
$$;
