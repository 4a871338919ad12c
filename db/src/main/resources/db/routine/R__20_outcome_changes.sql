-- Decides what the outcomes of finished attempts do to their steps, each fenced by its claim id.
--   kinds    success, retryable_failure, permanent_failure, release (a graceful stop gives the step back).
--   Returns  one change for each outcome that applies, in order of step. An outcome is refused, and has none, where its
--            claim is no longer the step's current one, or the step is no longer in progress.
--   Locks    workflow_steps in order of id.
--   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.outcome_changes(
    p_step_ids     bigint[],
    p_claim_ids    bigint[],
    p_kinds        text[],
    p_results      jsonb[],
    p_errors       jsonb[],
    p_retry_delays interval[]
) RETURNS tasker.step_change[]
LANGUAGE plpgsql
AS $$
DECLARE
    v_now CONSTANT timestamptz := tasker.now();
BEGIN
    -- Locked in a statement of its own: the next one sees these rows as they are.
    PERFORM step.workflow_step_id
       FROM tasker.workflow_steps AS step
      WHERE step.workflow_step_id = ANY (p_step_ids)
      ORDER BY step.workflow_step_id
        FOR UPDATE;

    RETURN ARRAY(
        SELECT ROW(
                   step.workflow_step_id,
                   step.task_id,
                   'in_progress',
                   CASE outcome.kind WHEN 'success' THEN 'complete' WHEN 'release' THEN 'pending' ELSE 'error' END,
                   next.runs_again AND NOT step.held,
                   step.unmet_dependencies,
                   CASE WHEN outcome.kind = 'retryable_failure' AND next.runs_again
                        THEN v_now + outcome.retry_delay
                        ELSE step.due_at
                   END,
                   step.attempts - (outcome.kind = 'release')::integer,
                   step.claim_id,
                   outcome.kind,
                   outcome.results,
                   outcome.error,
                   -- LEAST ignores nulls.
                   CASE WHEN outcome.error ->> 'retry_after' IS NOT NULL
                        THEN least((outcome.error ->> 'retry_after')::double precision, 300)
                   END,
                   jsonb_build_object('attempt', step.attempts, 'claim_id', step.claim_id, 'worker', step.lease_owner)
                   || CASE outcome.kind
                          WHEN 'success' THEN '{}'::jsonb
                          WHEN 'release' THEN jsonb_build_object('reason', 'released')
                          ELSE jsonb_strip_nulls(jsonb_build_object(
                              'error', CASE WHEN outcome.error IS NOT NULL
                                            THEN jsonb_build_object('class', outcome.error -> 'class',
                                                                    'message', outcome.error -> 'message',
                                                                    'error_code', outcome.error -> 'error_code')
                                       END,
                              'retries_at', CASE WHEN next.runs_again THEN v_now + outcome.retry_delay END))
                      END,
                   NULL,
                   step.delay_key)::tasker.step_change
          FROM (
              -- One outcome per claim: what came of it counts before a release that was sent in doubt.
              SELECT DISTINCT ON (given.workflow_step_id, given.claim_id) given.*
                FROM unnest(p_step_ids, p_claim_ids, p_kinds, p_results, p_errors, p_retry_delays)
                     AS given (workflow_step_id, claim_id, kind, results, error, retry_delay)
               ORDER BY given.workflow_step_id, given.claim_id, given.kind = 'release'
          ) AS outcome
          JOIN (
              -- OFFSET 0 keeps the planner on the primary key: by the state it would walk all running steps.
              SELECT known.workflow_step_id, known.task_id, known.claim_id, known.state, known.held, known.attempts,
                     known.retryable, known.retry_limit, known.unmet_dependencies, known.due_at, known.lease_owner,
                     known.delay_key
                FROM tasker.workflow_steps AS known
               WHERE known.workflow_step_id = ANY (p_step_ids)
              OFFSET 0
          ) AS step ON step.workflow_step_id = outcome.workflow_step_id
         CROSS JOIN LATERAL (
             SELECT outcome.kind = 'release'
                    OR (outcome.kind = 'retryable_failure'
                        AND tasker.retry_is_allowed(step.retryable, false, step.attempts, step.retry_limit)) AS runs_again
         ) AS next
         WHERE step.claim_id = outcome.claim_id
           AND step.state = 'in_progress'
         ORDER BY step.workflow_step_id
    );
END
$$;
