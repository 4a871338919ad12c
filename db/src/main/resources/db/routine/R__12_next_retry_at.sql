-- When a failed step is tried again; null where it is not. Inlined.
CREATE OR REPLACE FUNCTION tasker.next_retry_at(
    p_state text, p_retryable boolean, p_permanent_failure boolean, p_attempts integer, p_retry_limit integer,
    p_due_at timestamptz
) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN p_state = 'error' AND p_retryable AND NOT p_permanent_failure AND p_attempts < p_retry_limit
                THEN p_due_at
           END
$$;
