-- Applies the outcomes of finished attempts, each fenced by its claim id.
--   kinds    success, retryable_failure, permanent_failure, release (a graceful stop gives the step back).
--   Returns  one row per claim; to_state is null where it was refused: the claim is no longer the step's
--            current one, or the step is no longer in progress. A refused outcome changes nothing.
--            held_until is set where a server has asked for a delay that concerns every step with that delay_key.
--   Locks    workflow_steps in order of id.
--   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.record_outcomes(
    p_step_ids     bigint[],
    p_claim_ids    bigint[],
    p_kinds        text[],
    p_results      jsonb[],
    p_errors       jsonb[],
    p_retry_delays interval[]
) RETURNS TABLE (
    workflow_step_id bigint, claim_id bigint, task_id bigint, to_state text, retries_at timestamptz,
    delay_key text, held_until timestamptz
)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now CONSTANT timestamptz := tasker.now();
BEGIN
    -- Locked in a statement of its own: the next one sees these rows as they are. An UPDATE that has to wait mixes, for
    -- its checks, values of the row as it was with values that its WITH clause has read after the wait.
    PERFORM step.workflow_step_id
       FROM tasker.workflow_steps AS step
      WHERE step.workflow_step_id = ANY (p_step_ids)
      ORDER BY step.workflow_step_id
        FOR UPDATE;

    RETURN QUERY
    WITH outcome AS (
        -- One outcome per claim: what came of it counts before a release that was sent in doubt.
        SELECT DISTINCT ON (o.claim_id) o.*
          FROM unnest(p_step_ids, p_claim_ids, p_kinds, p_results, p_errors, p_retry_delays)
               AS o (workflow_step_id, claim_id, kind, results, error, retry_delay)
         ORDER BY o.claim_id, o.kind = 'release'
    ),
    current_claim AS MATERIALIZED (
        SELECT step.workflow_step_id,
               step.task_id,
               step.attempts,
               step.claim_id,
               step.lease_owner,
               step.delay_key,
               outcome.kind,
               outcome.results,
               outcome.error,
               outcome.retry_delay,
               outcome.kind IN ('retryable_failure', 'release')
                   AND (outcome.kind = 'release'
                        OR tasker.retry_is_allowed(step.retryable, false, step.attempts, step.retry_limit)) AS runs_again,
               -- LEAST ignores nulls.
               CASE WHEN outcome.error ->> 'retry_after' IS NOT NULL
                    THEN least((outcome.error ->> 'retry_after')::double precision, 300)
               END AS retry_after_seconds
          FROM outcome
          JOIN (
              -- OFFSET 0 keeps the planner on the primary key: by the state it would walk all running steps.
              SELECT known.workflow_step_id, known.task_id, known.claim_id, known.state, known.attempts,
                     known.retryable, known.retry_limit, known.lease_owner, known.delay_key
                FROM tasker.workflow_steps AS known
               WHERE known.workflow_step_id = ANY (p_step_ids)
              OFFSET 0
          ) AS step ON step.workflow_step_id = outcome.workflow_step_id
         WHERE step.claim_id = outcome.claim_id
           AND step.state = 'in_progress'
         ORDER BY step.workflow_step_id
    ),
    updated AS (
        UPDATE tasker.workflow_steps AS step
           SET state             = CASE current_claim.kind
                                       WHEN 'success' THEN 'complete'
                                       WHEN 'release' THEN 'pending'
                                       ELSE 'error'
                                   END,
               claimable         = current_claim.runs_again AND NOT step.held,
               due_at            = CASE WHEN current_claim.kind = 'retryable_failure' AND current_claim.runs_again
                                        THEN v_now + current_claim.retry_delay
                                        ELSE step.due_at
                                   END,
               attempts          = step.attempts - (current_claim.kind = 'release')::integer,
               permanent_failure = current_claim.kind = 'permanent_failure',
               results           = CASE WHEN current_claim.kind = 'success' THEN current_claim.results ELSE step.results END,
               error             = CASE WHEN current_claim.kind = 'release' THEN step.error ELSE current_claim.error END,
               backoff_request_seconds
                                 = CASE WHEN current_claim.kind = 'release' THEN step.backoff_request_seconds
                                        ELSE ceil(current_claim.retry_after_seconds)::integer
                                   END,
               last_failure_at   = CASE WHEN current_claim.kind IN ('retryable_failure', 'permanent_failure')
                                        THEN v_now
                                        ELSE step.last_failure_at
                                   END,
               ended_at          = CASE WHEN current_claim.kind = 'success' THEN v_now END,
               lease_owner       = NULL,
               lease_expires_at  = NULL,
               updated_at        = v_now
          FROM current_claim
         WHERE step.workflow_step_id = current_claim.workflow_step_id
        RETURNING step.workflow_step_id, step.state, step.next_retry_at
    ),
    audited AS (
        INSERT INTO tasker.workflow_step_transitions
               (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
        SELECT recorded.task_id, recorded.workflow_step_id, 'in_progress', recorded.state, recorded.metadata, v_now
          FROM (
              SELECT current_claim.task_id,
                     current_claim.workflow_step_id,
                     updated.state,
                     jsonb_build_object(
                         'attempt', current_claim.attempts,
                         'claim_id', current_claim.claim_id,
                         'worker', current_claim.lease_owner)
                     || CASE WHEN current_claim.kind = 'success' THEN '{}'
                             ELSE jsonb_strip_nulls(jsonb_build_object(
                                 'reason', CASE WHEN current_claim.kind = 'release' THEN 'released' END,
                                 'error', CASE WHEN current_claim.error IS NOT NULL
                                               THEN jsonb_build_object(
                                                   'class', current_claim.error -> 'class',
                                                   'message', current_claim.error -> 'message',
                                                   'error_code', current_claim.error -> 'error_code')
                                          END,
                                 'retries_at', updated.next_retry_at))
                        END AS metadata
                FROM current_claim
                JOIN updated ON updated.workflow_step_id = current_claim.workflow_step_id
               ORDER BY current_claim.workflow_step_id
          ) AS recorded
    )
    SELECT outcome.workflow_step_id,
           outcome.claim_id,
           current_claim.task_id,
           updated.state::text,
           updated.next_retry_at,
           CASE WHEN current_claim.retry_after_seconds > 0 THEN current_claim.delay_key END,
           CASE WHEN current_claim.retry_after_seconds > 0 AND current_claim.delay_key IS NOT NULL
                THEN v_now + make_interval(secs => current_claim.retry_after_seconds)
           END
      FROM outcome
      LEFT JOIN current_claim
        ON current_claim.workflow_step_id = outcome.workflow_step_id
       AND current_claim.claim_id = outcome.claim_id
      LEFT JOIN updated ON updated.workflow_step_id = current_claim.workflow_step_id;
END
$$;
