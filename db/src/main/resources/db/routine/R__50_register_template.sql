-- Stores a template (validated by the caller) as one version of a named task.
--   Takes    {namespace, name, version, description, failure_policy, content_hash, source_path, configuration,
--             steps: [{name, description, dependent_system, handler_key, handler_file, handler_config, skippable,
--                      retryable, retry_limit, backoff, timeout_seconds, concurrency, rate_limit_per_second, delay_key,
--                      custom_events, parents: [names]}]}, steps in topological order.
--   Returns  the named task and what happened: registered, unchanged, replaced, or refused (other content, and
--            unfinished tasks use this version).
CREATE OR REPLACE FUNCTION tasker.register_template(p_template jsonb)
RETURNS TABLE (named_task_id bigint, outcome text, unfinished_tasks bigint)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_namespace_id  bigint;
    v_named_task    tasker.named_tasks;
    v_unfinished    bigint := 0;
    v_outcome       text := 'registered';
    v_former_keys   text[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(
        format('tasker.register_template %s.%s', p_template ->> 'namespace', p_template ->> 'name'), 0));

    INSERT INTO tasker.task_namespaces (name)
    VALUES (p_template ->> 'namespace')
    ON CONFLICT (name) DO NOTHING;
    SELECT namespace.task_namespace_id
      INTO v_namespace_id
      FROM tasker.task_namespaces AS namespace
     WHERE namespace.name = p_template ->> 'namespace';

    SELECT named_task.*
      INTO v_named_task
      FROM tasker.named_tasks AS named_task
     WHERE named_task.task_namespace_id = v_namespace_id
       AND named_task.name = p_template ->> 'name'
       AND named_task.version = p_template ->> 'version';

    IF v_named_task.named_task_id IS NOT NULL THEN
        -- Nobody makes a task of the former content meanwhile (create_tasks holds the shared lock).
        PERFORM pg_advisory_xact_lock(hashtext('tasker.named_tasks'), v_named_task.named_task_id::integer);
        IF v_named_task.content_hash = p_template ->> 'content_hash' THEN
            UPDATE tasker.named_tasks AS named_task
               SET source_path = p_template ->> 'source_path', updated_at = tasker.now()
             WHERE named_task.named_task_id = v_named_task.named_task_id
               AND named_task.source_path IS DISTINCT FROM p_template ->> 'source_path';
            RETURN QUERY SELECT v_named_task.named_task_id, 'unchanged', 0::bigint;
            RETURN;
        END IF;
        SELECT count(*)
          INTO v_unfinished
          FROM tasker.tasks AS task
         WHERE task.named_task_id = v_named_task.named_task_id
           AND task.state IN ('draft', 'pending', 'in_progress', 'paused');
        IF v_unfinished > 0 THEN
            RETURN QUERY SELECT v_named_task.named_task_id, 'refused', v_unfinished;
            RETURN;
        END IF;
        v_outcome := 'replaced';
    END IF;

    INSERT INTO tasker.named_tasks AS named_task
           (task_namespace_id, name, version, description, failure_policy, content_hash, source_path, configuration)
    VALUES (v_namespace_id, p_template ->> 'name', p_template ->> 'version', p_template ->> 'description',
            p_template ->> 'failure_policy', p_template ->> 'content_hash', p_template ->> 'source_path',
            p_template -> 'configuration')
    ON CONFLICT (task_namespace_id, name, version) DO UPDATE
       SET description    = excluded.description,
           failure_policy = excluded.failure_policy,
           content_hash   = excluded.content_hash,
           source_path    = excluded.source_path,
           configuration  = excluded.configuration,
           updated_at     = tasker.now()
    RETURNING named_task.* INTO v_named_task;

    INSERT INTO tasker.dependent_systems (name)
    SELECT DISTINCT step ->> 'dependent_system'
      FROM jsonb_array_elements(p_template -> 'steps') AS step
     ORDER BY 1
    ON CONFLICT (name) DO NOTHING;

    INSERT INTO tasker.named_steps (dependent_system_id, name, description)
    SELECT system.dependent_system_id, step ->> 'name', step ->> 'description'
      FROM jsonb_array_elements(p_template -> 'steps') AS step
      JOIN tasker.dependent_systems AS system ON system.name = step ->> 'dependent_system'
     ORDER BY 1, 2
    ON CONFLICT (dependent_system_id, name) DO NOTHING;

    v_former_keys := ARRAY(
        SELECT template_step.handler_key
          FROM tasker.named_tasks_named_steps AS template_step
         WHERE template_step.named_task_id = v_named_task.named_task_id
    );
    UPDATE tasker.named_tasks_named_steps AS template_step
       SET current = false, updated_at = tasker.now()
     WHERE template_step.named_task_id = v_named_task.named_task_id;
    DELETE FROM tasker.named_tasks_named_step_edges AS edge
     USING tasker.named_tasks_named_steps AS template_step
     WHERE template_step.named_tasks_named_step_id = edge.to_id
       AND template_step.named_task_id = v_named_task.named_task_id;

    INSERT INTO tasker.named_tasks_named_steps AS template_step
           (named_task_id, named_step_id, name, parents, position, current, handler_key, handler_file, handler_config, skippable,
            default_retryable, default_retry_limit, backoff, timeout_seconds, concurrency, rate_limit_per_second,
            delay_key, custom_events)
    SELECT v_named_task.named_task_id,
           named_step.named_step_id,
           named_step.name,
           jsonb_array_length(step -> 'parents'),
           (element.ordinality - 1)::integer,
           true,
           step ->> 'handler_key',
           step ->> 'handler_file',
           step -> 'handler_config',
           (step ->> 'skippable')::boolean,
           (step ->> 'retryable')::boolean,
           (step ->> 'retry_limit')::integer,
           step -> 'backoff',
           (step ->> 'timeout_seconds')::integer,
           (step ->> 'concurrency')::integer,
           (step ->> 'rate_limit_per_second')::double precision,
           step ->> 'delay_key',
           step -> 'custom_events'
      FROM jsonb_array_elements(p_template -> 'steps') WITH ORDINALITY AS element (step, ordinality)
      JOIN tasker.dependent_systems AS system ON system.name = step ->> 'dependent_system'
      JOIN tasker.named_steps AS named_step
        ON named_step.dependent_system_id = system.dependent_system_id
       AND named_step.name = step ->> 'name'
    ON CONFLICT (named_task_id, named_step_id) DO UPDATE
       SET parents               = excluded.parents,
           position              = excluded.position,
           current               = true,
           handler_key           = excluded.handler_key,
           handler_file          = excluded.handler_file,
           handler_config        = excluded.handler_config,
           skippable             = excluded.skippable,
           default_retryable     = excluded.default_retryable,
           default_retry_limit   = excluded.default_retry_limit,
           backoff               = excluded.backoff,
           timeout_seconds       = excluded.timeout_seconds,
           concurrency           = excluded.concurrency,
           rate_limit_per_second = excluded.rate_limit_per_second,
           delay_key             = excluded.delay_key,
           custom_events         = excluded.custom_events,
           updated_at            = tasker.now();

    INSERT INTO tasker.named_tasks_named_step_edges (from_id, to_id)
    SELECT parent.named_tasks_named_step_id, child.named_tasks_named_step_id
      FROM jsonb_array_elements(p_template -> 'steps') WITH ORDINALITY AS element (step, ordinality)
      JOIN tasker.named_tasks_named_steps AS child
        ON child.named_task_id = v_named_task.named_task_id
       AND child.current
       AND child.position = element.ordinality - 1
     CROSS JOIN LATERAL jsonb_array_elements_text(step -> 'parents') AS parent_name
      JOIN tasker.named_tasks_named_steps AS parent
        ON parent.named_task_id = v_named_task.named_task_id
       AND parent.current
      JOIN tasker.named_steps AS parent_step
        ON parent_step.named_step_id = parent.named_step_id
       AND parent_step.name = parent_name;

    PERFORM tasker.note_shape(v_named_task.named_task_id);
    PERFORM tasker.refresh_handler_limits(v_former_keys || ARRAY(
        SELECT step ->> 'handler_key' FROM jsonb_array_elements(p_template -> 'steps') AS step));

    RETURN QUERY SELECT v_named_task.named_task_id, v_outcome, 0::bigint;
END
$$;
