-- Sorts the handlers that a worker serves by what stands between them and their next step.
--   Takes    p_orders: whether steps that wait go before children that have become ready just now.
--   Locks    nothing.   Index   workflow_steps_claimable_idx, one probe per handler key.   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.keys_with_limits(p_handler_keys text[], p_orders boolean) RETURNS tasker.served_keys
LANGUAGE plpgsql
AS $$
DECLARE
    v_now CONSTANT timestamptz := tasker.now();
    v     tasker.served_keys;
BEGIN
    SELECT coalesce(array_agg(key.handler_key) FILTER (WHERE key.has_limit), '{}'),
           coalesce(array_agg(key.handler_key) FILTER (WHERE NOT key.has_limit AND key.due_at IS NULL), '{}'),
           coalesce(array_agg(key.handler_key) FILTER (WHERE NOT key.has_limit AND key.due_at IS NOT NULL), '{}'),
           array_agg(key.priority) FILTER (WHERE NOT key.has_limit AND key.due_at IS NOT NULL),
           array_agg(key.due_at) FILTER (WHERE NOT key.has_limit AND key.due_at IS NOT NULL),
           coalesce(bool_or(key.due_at IS NOT NULL), false)
      INTO v
      FROM (
          SELECT served.handler_key, limits.handler_key IS NOT NULL AS has_limit, first.priority, first.due_at
            FROM unnest(p_handler_keys) AS served (handler_key)
            LEFT JOIN tasker.handler_limits AS limits ON limits.handler_key = served.handler_key
            LEFT JOIN LATERAL (
                SELECT step.priority, step.due_at
                  FROM tasker.workflow_steps AS step
                 WHERE step.claimable
                   AND NOT step.queued_outside
                   AND step.handler_key = served.handler_key
                   AND step.due_at <= v_now
                 ORDER BY step.priority DESC, step.due_at, step.workflow_step_id
                 LIMIT 1
            ) AS first ON p_orders
      ) AS key;
    RETURN v;
END
$$;
