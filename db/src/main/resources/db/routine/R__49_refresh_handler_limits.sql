-- Derives the limits of handlers from the templates that name them.
-- Of each template its newest version counts; where templates differ the lowest limit holds.
--   Locks    handler_limits in order of key.   Caller   register_template.
CREATE OR REPLACE FUNCTION tasker.refresh_handler_limits(p_handler_keys text[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM known.handler_key
       FROM tasker.handler_limits AS known
      WHERE known.handler_key = ANY (p_handler_keys)
      ORDER BY known.handler_key
        FOR UPDATE;

    WITH stated AS (
        SELECT template_step.handler_key,
               min(template_step.concurrency) AS concurrency,
               min(template_step.rate_limit_per_second) AS rate_limit_per_second,
               bool_or(template_step.delay_key IS NOT NULL) AS has_delay_key
          FROM tasker.named_tasks_named_steps AS template_step
          JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = template_step.named_task_id
         WHERE template_step.handler_key = ANY (p_handler_keys)
           AND template_step.current
           AND NOT EXISTS (
                   SELECT 1
                     FROM tasker.named_tasks AS newer
                    WHERE newer.task_namespace_id = named_task.task_namespace_id
                      AND newer.name = named_task.name
                      AND string_to_array(newer.version, '.')::bigint[] > string_to_array(named_task.version, '.')::bigint[])
         GROUP BY template_step.handler_key
        HAVING min(template_step.concurrency) IS NOT NULL
            OR min(template_step.rate_limit_per_second) IS NOT NULL
            OR bool_or(template_step.delay_key IS NOT NULL)
    ),
    dropped AS (
        DELETE FROM tasker.handler_limits AS known
         WHERE known.handler_key = ANY (p_handler_keys)
           AND NOT EXISTS (SELECT 1 FROM stated WHERE stated.handler_key = known.handler_key)
    )
    INSERT INTO tasker.handler_limits AS known (handler_key, concurrency, rate_limit_per_second, has_delay_key)
    SELECT stated.handler_key, stated.concurrency, stated.rate_limit_per_second, stated.has_delay_key
      FROM stated
     ORDER BY stated.handler_key
    ON CONFLICT (handler_key) DO UPDATE
       SET concurrency           = excluded.concurrency,
           rate_limit_per_second = excluded.rate_limit_per_second,
           has_delay_key         = excluded.has_delay_key;
END
$$;
