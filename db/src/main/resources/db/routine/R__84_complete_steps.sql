-- Records the successes among outcomes, each fenced by its claim id, and what follows from them (continue_steps).
--   Returns  the steps that are complete, and what came of it. A success is refused, and its step is not among them, where its
--            claim is no longer the step's current one, or the step is no longer in progress.
--   Locks    the steps, in the order in which they are given.   Caller   advance.
-- The form of its answer has changed once.
DROP FUNCTION IF EXISTS tasker.complete_steps(
    bigint[], bigint[], text[], jsonb[], text, interval, boolean, text[], text[], text[], integer[], timestamptz[], bigint,
    bigint[]);
CREATE OR REPLACE FUNCTION tasker.complete_steps(
    p_step_ids           bigint[],
    p_claim_ids          bigint[],
    p_kinds              text[],
    p_results            jsonb[],
    p_worker             text,
    p_lease              interval,
    p_slots              integer,
    p_open_keys          text[],
    p_waiting_keys       text[],
    p_waiting_priorities integer[],
    p_waiting_since      timestamptz[],
    p_task_id            bigint,
    p_failed_task_ids    bigint[]
) RETURNS tasker.completed_steps
LANGUAGE plpgsql
AS $$
DECLARE
    v_now    CONSTANT timestamptz := tasker.now();
    v_done   record;
BEGIN
    WITH done AS (
        UPDATE tasker.workflow_steps AS step
           SET state                   = 'complete',
               results                 = outcome.results,
               error                   = NULL,
               permanent_failure       = false,
               backoff_request_seconds = NULL,
               ended_at                = v_now,
               lease_owner             = NULL,
               lease_expires_at        = NULL,
               updated_at              = v_now
          FROM unnest(p_step_ids, p_claim_ids, p_kinds, p_results) AS outcome (workflow_step_id, claim_id, kind, results)
         WHERE step.workflow_step_id = outcome.workflow_step_id
           AND step.claim_id = outcome.claim_id
           AND outcome.kind = 'success'
           -- In progress. By the state, the planner would walk all running steps.
           AND step.lease_owner IS NOT NULL
        RETURNING step.workflow_step_id, step.task_id, step.claim_id, step.attempts, step.name, step.results
    )
    SELECT array_agg(done.workflow_step_id) AS step_ids, array_agg(done.task_id) AS task_ids,
           array_agg(done.claim_id) AS claim_ids, array_agg(done.attempts) AS attempts,
           array_agg(done.name::text) AS names, array_agg(done.results) AS results
      INTO v_done
      FROM done;
    IF v_done.step_ids IS NULL THEN
        RETURN ROW('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', false, '{}', '{}', '{}', NULL, NULL)::tasker.completed_steps;
    END IF;
    RETURN tasker.continue_steps(
        v_done.step_ids, v_done.task_ids, v_done.claim_ids, v_done.attempts, v_done.names, v_done.results,
        p_worker, p_lease, p_slots, p_open_keys, p_waiting_keys, p_waiting_priorities, p_waiting_since,
        p_task_id, p_failed_task_ids);
END
$$;
