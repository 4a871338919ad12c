-- Puts what handler classes declare where templates are silent; what neither says has its default.
--   Takes    {handler_key: {retryable, retry_limit, backoff, timeout_seconds, concurrency, custom_events}}, each key of a
--            declaration optional.
--   Applies  to tasks that are made from now on (retryable, retry_limit), and to attempts that start from now on.
--   Returns  how many steps of templates have changed.
--   Locks    named_tasks, then named_tasks_named_steps, by id.   Caller   engines that have loaded the handlers.
CREATE OR REPLACE FUNCTION tasker.apply_declarations(p_declarations jsonb)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_template_ids bigint[];
    v_changed      integer;
BEGIN
    -- The lock keeps a registration of the same template away.
    v_template_ids := ARRAY(
        SELECT named_task.named_task_id
          FROM tasker.named_tasks AS named_task
         WHERE named_task.named_task_id IN (
                   SELECT step.named_task_id
                     FROM tasker.named_tasks_named_steps AS step
                    WHERE step.current
                      AND step.handler_key IN (SELECT jsonb_object_keys(p_declarations)))
         ORDER BY named_task.named_task_id
           FOR NO KEY UPDATE
    );

    WITH wanted AS (
        SELECT step.named_tasks_named_step_id,
               CASE WHEN written ? 'default_retryable' THEN step.default_retryable
                    ELSE coalesce((declared ->> 'retryable')::boolean, true) END AS default_retryable,
               CASE WHEN written ? 'default_retry_limit' THEN step.default_retry_limit
                    ELSE coalesce((declared ->> 'retry_limit')::integer, 3) END AS default_retry_limit,
               CASE WHEN written ? 'backoff' THEN step.backoff
                    ELSE coalesce(declared -> 'backoff', '{}') END AS backoff,
               CASE WHEN written ? 'timeout_seconds' THEN step.timeout_seconds
                    ELSE coalesce((declared ->> 'timeout_seconds')::integer, 300) END AS timeout_seconds,
               CASE WHEN written ? 'concurrency' THEN step.concurrency
                    ELSE (declared ->> 'concurrency')::integer END AS concurrency,
               CASE WHEN written ? 'custom_events' THEN step.custom_events
                    ELSE coalesce(declared -> 'custom_events', '[]') END AS custom_events
          FROM tasker.named_tasks_named_steps AS step
          JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = step.named_task_id
         CROSS JOIN LATERAL (SELECT p_declarations -> step.handler_key AS declared) AS declaration
         CROSS JOIN LATERAL (
                   SELECT element AS written
                     FROM jsonb_array_elements(named_task.configuration -> 'step_templates') AS element
                    WHERE element ->> 'name' = step.name) AS writing
         WHERE step.named_task_id = ANY (v_template_ids)
           AND step.current
           AND p_declarations ? step.handler_key
    ),
    changed AS (
        UPDATE tasker.named_tasks_named_steps AS step
           SET default_retryable   = wanted.default_retryable,
               default_retry_limit = wanted.default_retry_limit,
               backoff             = wanted.backoff,
               timeout_seconds     = wanted.timeout_seconds,
               concurrency         = wanted.concurrency,
               custom_events       = wanted.custom_events,
               updated_at          = tasker.now()
          FROM wanted
         WHERE step.named_tasks_named_step_id = wanted.named_tasks_named_step_id
           AND (step.default_retryable, step.default_retry_limit, step.backoff, step.timeout_seconds,
                step.concurrency, step.custom_events)
               IS DISTINCT FROM
               (wanted.default_retryable, wanted.default_retry_limit, wanted.backoff, wanted.timeout_seconds,
                wanted.concurrency, wanted.custom_events)
        RETURNING step.named_task_id
    ),
    -- Who keeps these definitions sees by the row's version that they have changed.
    told AS (
        UPDATE tasker.named_tasks AS named_task
           SET updated_at = tasker.now()
         WHERE named_task.named_task_id IN (SELECT changed.named_task_id FROM changed)
    )
    SELECT count(*) INTO v_changed FROM changed;

    IF v_changed > 0 THEN
        PERFORM tasker.refresh_handler_limits(ARRAY(SELECT jsonb_object_keys(p_declarations)));
    END IF;
    RETURN v_changed;
END
$$;
