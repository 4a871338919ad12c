-- How many attempts of a handler its limits allow one worker to start now.
--   Takes    how many the worker has slots for, and how many of this handler it is running.
--   Returns  the allowance, and after how long there may be more (null: not a matter of time).
--   Locks    the handler's row in handler_limits where it has a rate, until the end of the transaction; never waits:
--            another worker that holds it is just taking its share.
--   Caller   ready_steps.
CREATE OR REPLACE FUNCTION tasker.open_handler_limit(
    p_handler_key text, p_wanted integer, p_running integer, OUT allowance integer, OUT resumes_in interval
)
LANGUAGE plpgsql
AS $$
DECLARE
    c_retry_interval CONSTANT interval := interval '20 milliseconds';
    v_limits tasker.handler_limits;
BEGIN
    SELECT limits.* INTO v_limits FROM tasker.handler_limits AS limits WHERE limits.handler_key = p_handler_key;
    allowance := least(p_wanted, coalesce(v_limits.concurrency - p_running, p_wanted));
    IF allowance <= 0 OR v_limits.rate_limit_per_second IS NULL THEN
        RETURN;
    END IF;

    SELECT limits.*
      INTO v_limits
      FROM tasker.handler_limits AS limits
     WHERE limits.handler_key = p_handler_key
       FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        allowance := 0;
        resumes_in := c_retry_interval;
        RETURN;
    END IF;
    allowance := least(allowance,
                       tasker.rate_allowance(v_limits.rate_free_at, v_limits.rate_limit_per_second, tasker.now()));
    resumes_in := greatest(make_interval(secs => 1 / v_limits.rate_limit_per_second), c_retry_interval);
END
$$;
