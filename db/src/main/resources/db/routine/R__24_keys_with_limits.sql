-- Sorts the handlers that a worker serves by what stands between them and their next step.
--   Takes    p_orders: whether steps that wait go before children that have become ready just now; element by element of
--            p_handler_keys the priority and the due time of a step before which none is looked for, or null; none at all is
--            looked for where that time is infinity.
--   Locks    nothing.   Index   workflow_steps_claimable_idx, one or two probes per handler key.   Caller   advance.
-- It was not told where to begin once.
DROP FUNCTION IF EXISTS tasker.keys_with_limits(text[], boolean);
CREATE OR REPLACE FUNCTION tasker.keys_with_limits(
    p_handler_keys    text[],
    p_orders          boolean,
    p_from_priorities integer[],
    p_from_times      timestamptz[]
) RETURNS tasker.served_keys
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
          SELECT served.handler_key, limits.handler_key IS NOT NULL AS has_limit,
                 coalesce(known.priority, first.priority) AS priority, coalesce(known.due_at, first.due_at) AS due_at
            FROM unnest(p_handler_keys, p_from_priorities, p_from_times) AS served (handler_key, from_priority, from_time)
            LEFT JOIN tasker.handler_limits AS limits ON limits.handler_key = served.handler_key
            LEFT JOIN LATERAL (
                SELECT step.priority, step.due_at
                  FROM tasker.workflow_steps AS step
                 WHERE step.claimable
                   AND NOT step.queued_outside
                   AND step.handler_key = served.handler_key
                   AND step.priority = served.from_priority
                   AND step.due_at >= served.from_time
                   AND step.due_at <= v_now
                 ORDER BY step.due_at, step.workflow_step_id
                 LIMIT 1
            ) AS known ON p_orders
            LEFT JOIN LATERAL (
                SELECT step.priority, step.due_at
                  FROM tasker.workflow_steps AS step
                 WHERE known.due_at IS NULL
                   AND served.from_time IS DISTINCT FROM 'infinity'
                   AND step.claimable
                   AND NOT step.queued_outside
                   AND step.handler_key = served.handler_key
                   -- Of a lower one; or of any.
                   AND step.priority <= coalesce(served.from_priority::bigint - 1, 2147483647)
                   AND step.due_at <= v_now
                 ORDER BY step.priority DESC, step.due_at, step.workflow_step_id
                 LIMIT 1
            ) AS first ON p_orders
      ) AS key;
    RETURN v;
END
$$;
