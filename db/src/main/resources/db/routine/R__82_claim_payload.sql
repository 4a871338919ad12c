-- What is told of a step that was just claimed, but for what its template says of it (claimed_definitions), which includes
-- its name and its handler.
--   Returns  {"attempts", "claimed_at", "retry_limit", "definition_id", "parents"}, and only where one of them is not the
--            usual: "from_state" (else pending), "retryable" (else true), "inputs" (else none), "previous_results" (else null).
--   One expression, so that PostgreSQL puts it where it is called.   Caller   claimed_steps, continue_steps, complete_step,
--            create_tasks.
CREATE OR REPLACE FUNCTION tasker.claim_payload(
    p_from_state text, p_attempts integer, p_claimed_at timestamptz, p_retryable boolean, p_retry_limit integer,
    p_inputs jsonb, p_previous_results jsonb, p_definition_id bigint, p_parents jsonb
) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN p_from_state = 'pending' AND p_retryable AND p_inputs = '{}' AND p_previous_results IS NULL
                THEN jsonb_build_object(
                         'attempts', p_attempts,
                         'claimed_at', p_claimed_at,
                         'retry_limit', p_retry_limit,
                         'definition_id', p_definition_id,
                         'parents', p_parents)
                ELSE jsonb_build_object(
                         'from_state', p_from_state,
                         'attempts', p_attempts,
                         'claimed_at', p_claimed_at,
                         'retryable', p_retryable,
                         'retry_limit', p_retry_limit,
                         'inputs', p_inputs,
                         'previous_results', p_previous_results,
                         'definition_id', p_definition_id,
                         'parents', p_parents)
           END
$$;
