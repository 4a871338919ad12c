-- Counts attempts against the rate of their handler; nothing where it has none.
--   Locks    the handler's row in handler_limits, which open_handler_limit holds already.   Caller   claim_ready_steps.
CREATE OR REPLACE FUNCTION tasker.count_rate_use(p_handler_key text, p_attempts integer)
RETURNS void
LANGUAGE sql
AS $$
    UPDATE tasker.handler_limits AS limits
       SET rate_free_at = greatest(limits.rate_free_at, tasker.now())
                          + make_interval(secs => p_attempts / limits.rate_limit_per_second)
     WHERE limits.handler_key = p_handler_key
       AND limits.rate_limit_per_second IS NOT NULL
       AND p_attempts > 0
$$;
