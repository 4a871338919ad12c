-- Records outcomes that are no success, each fenced by its claim id.
--   kinds    retryable_failure, permanent_failure, release (a graceful stop gives the step back); success is left out, and
--            so is what else travels with the success of the same claim.
--   Returns  one element for each outcome that applies. An outcome is refused, and has none, where its claim is no longer
--            the step's current one, or the step is no longer in progress.
--   Locks    nothing more: the caller holds the steps.   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.fail_steps(
    p_step_ids     bigint[],
    p_claim_ids    bigint[],
    p_kinds        text[],
    p_errors       jsonb[],
    p_retry_delays interval[]
) RETURNS tasker.failed_step[]
LANGUAGE plpgsql
AS $$
DECLARE
    v_now   CONSTANT timestamptz := tasker.now();
    v_steps tasker.failed_step[];
BEGIN
    WITH ended AS MATERIALIZED (
        SELECT step.workflow_step_id, step.task_id, step.claim_id, step.lease_owner, step.attempts, step.delay_key,
               outcome.kind, outcome.error, outcome.retry_delay, next.runs_again,
               -- LEAST ignores nulls.
               CASE WHEN outcome.error ->> 'retry_after' IS NOT NULL
                    THEN least((outcome.error ->> 'retry_after')::double precision, 300)
               END AS retry_after_seconds
          FROM (
              -- One outcome per claim: what came of it counts before a release that was sent in doubt.
              SELECT DISTINCT ON (given.workflow_step_id, given.claim_id) given.*
                FROM unnest(p_step_ids, p_claim_ids, p_kinds, p_errors, p_retry_delays)
                     AS given (workflow_step_id, claim_id, kind, error, retry_delay)
               ORDER BY given.workflow_step_id, given.claim_id, given.kind = 'success' DESC, given.kind = 'release'
          ) AS outcome
          JOIN tasker.workflow_steps AS step ON step.workflow_step_id = outcome.workflow_step_id
         CROSS JOIN LATERAL (
             SELECT outcome.kind = 'release'
                    OR (outcome.kind = 'retryable_failure'
                        AND tasker.retry_is_allowed(step.retryable, false, step.attempts, step.retry_limit)) AS runs_again
         ) AS next
         WHERE outcome.kind <> 'success'
           AND step.claim_id = outcome.claim_id
           -- In progress. By the state, the planner would walk all running steps.
           AND step.lease_owner IS NOT NULL
    ),
    updated AS (
        UPDATE tasker.workflow_steps AS step
           SET state                   = CASE WHEN ended.kind = 'release' THEN 'pending' ELSE 'error' END,
               claimable               = ended.runs_again AND NOT step.held,
               due_at                  = CASE WHEN ended.kind = 'retryable_failure' AND ended.runs_again
                                              THEN v_now + ended.retry_delay
                                              ELSE step.due_at
                                         END,
               attempts                = step.attempts - (ended.kind = 'release')::integer,
               permanent_failure       = ended.kind = 'permanent_failure',
               error                   = CASE WHEN ended.kind = 'release' THEN step.error ELSE ended.error END,
               backoff_request_seconds = CASE WHEN ended.kind = 'release' THEN step.backoff_request_seconds
                                              ELSE ceil(ended.retry_after_seconds)::integer
                                         END,
               last_failure_at         = CASE WHEN ended.kind = 'release' THEN step.last_failure_at ELSE v_now END,
               ended_at                = NULL,
               lease_owner             = NULL,
               lease_expires_at        = NULL,
               updated_at              = v_now
          FROM ended
         WHERE step.workflow_step_id = ended.workflow_step_id
        RETURNING step.workflow_step_id
    ),
    recorded AS (
        INSERT INTO tasker.workflow_step_transitions
               (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
        SELECT ended.task_id,
               ended.workflow_step_id,
               'in_progress',
               CASE WHEN ended.kind = 'release' THEN 'pending' ELSE 'error' END,
               jsonb_build_object('attempt', ended.attempts, 'claim_id', ended.claim_id, 'worker', ended.lease_owner)
               || CASE ended.kind
                      WHEN 'release' THEN jsonb_build_object('reason', 'released')
                      ELSE jsonb_strip_nulls(jsonb_build_object(
                          'error', CASE WHEN ended.error IS NOT NULL
                                        THEN jsonb_build_object('class', ended.error -> 'class',
                                                                'message', ended.error -> 'message',
                                                                'error_code', ended.error -> 'error_code')
                                   END,
                          'retries_at', CASE WHEN ended.runs_again THEN v_now + ended.retry_delay END))
                  END,
               v_now
          FROM ended
         ORDER BY ended.workflow_step_id
    )
    SELECT array_agg(ROW(
               ended.workflow_step_id,
               ended.task_id,
               ended.claim_id,
               CASE WHEN ended.kind = 'release' THEN 'pending' ELSE 'error' END,
               CASE WHEN ended.kind = 'retryable_failure' AND ended.runs_again THEN v_now + ended.retry_delay END,
               ended.delay_key,
               ended.retry_after_seconds)::tasker.failed_step)
      INTO v_steps
      FROM ended;
    RETURN coalesce(v_steps, '{}');
END
$$;
