-- Whether a step that failed may run again. The first execution is always allowed, even with a limit of 0.
CREATE OR REPLACE FUNCTION tasker.retry_is_allowed(
    p_retryable boolean, p_permanent_failure boolean, p_attempts integer, p_retry_limit integer
) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT NOT p_permanent_failure AND (p_attempts = 0 OR (p_retryable AND p_attempts < p_retry_limit))
$$;
