-- Creates tasks with their steps, edges and annotations, all or none.
--   Takes    [{named_task_id, state (draft | pending), context, identity_hash, initiator, source_system, reason, tags,
--              bypass_steps, priority, correlation_id, parent_correlation_id, enqueuer, requested_at, start_at,
--              delay_seconds, deadline_seconds, annotations: [{type, value}], task_handler_key, step_defaults,
--              step_order}]; the optional ones may be null, and the last two absent (see apply_step_defaults).
--              delay_seconds counts from now, and a start_at in the past is now; deadline_seconds counts from the
--              start, else from the request, and for a draft from its launch.
--   Returns  one row per request, in order; created is false where a task with that identity hash exists already.
--            With p_skip_duplicates the other tasks are created nevertheless. Without it nothing is: then task_id is
--            the existing task, and null for requests that are no duplicates.
--   Locks    new identities in their order, so that two overlapping batches do not wait for each other.
--   Steps get ids in topological order, so that no edge of a new task descends (see refuse_cycle).
CREATE OR REPLACE FUNCTION tasker.create_tasks(p_requests jsonb, p_skip_duplicates boolean DEFAULT false)
RETURNS TABLE (ordinal integer, task_id bigint, created boolean)
LANGUAGE plpgsql
-- Every statement in it reaches few rows by their keys. Said here, because the plans are kept: one that was made while the
-- tables were small would scan them whole, and go on to do so while they grow, until the next ANALYZE.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_now         CONSTANT timestamptz := tasker.now();
    v_created_ids bigint[];
    v_bypasses    boolean;
BEGIN
    -- The template must not be replaced between the statements that read it.
    PERFORM pg_advisory_xact_lock_shared(hashtext('tasker.named_tasks'), template.named_task_id::integer)
       FROM (
           SELECT DISTINCT (request ->> 'named_task_id')::bigint AS named_task_id
             FROM jsonb_array_elements(p_requests) AS request
            ORDER BY 1
       ) AS template;

    WITH request AS MATERIALIZED (
        -- The ids follow the order of the requests, whatever the order of insertion is.
        SELECT nextval('tasker.tasks_task_id_seq') AS task_id, element.value
          FROM (
              SELECT value
                FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS given (value, ordinality)
               ORDER BY given.ordinality
          ) AS element
    ),
    inserted AS (
        INSERT INTO tasker.tasks
               (task_id, named_task_id, state, failure_policy, priority, context, identity_hash, initiator, source_system,
                reason, tags, bypass_steps, correlation_id, parent_correlation_id, enqueuer, next_enqueue_at, requested_at,
                start_at, deadline_after, deadline_at, task_handler_key)
        SELECT request.task_id, wish.named_task_id, wish.state, named_task.failure_policy, wish.priority, wish.context,
               wish.identity_hash, wish.initiator, wish.source_system, wish.reason, wish.tags, wish.bypass_steps,
               wish.correlation_id, wish.parent_correlation_id, wish.enqueuer,
               CASE WHEN wish.enqueuer IS NOT NULL THEN coalesce(time.start_at, v_now) END,
               coalesce(wish.requested_at, v_now), time.start_at, time.deadline_after,
               CASE WHEN wish.state <> 'draft'
                    THEN coalesce(time.start_at, wish.requested_at, v_now) + time.deadline_after
               END,
               wish.task_handler_key
          FROM request
         CROSS JOIN LATERAL jsonb_to_record(request.value) AS wish (
                   named_task_id bigint, state text, priority integer, context jsonb, identity_hash text,
                   initiator text, source_system text, reason text, tags jsonb, bypass_steps jsonb,
                   correlation_id text, parent_correlation_id text, enqueuer text, requested_at timestamptz,
                   start_at timestamptz, delay_seconds double precision, deadline_seconds double precision,
                   task_handler_key text)
         CROSS JOIN LATERAL (
             SELECT CASE WHEN wish.start_at IS NOT NULL THEN greatest(wish.start_at, v_now)
                         ELSE v_now + make_interval(secs => wish.delay_seconds)
                    END AS start_at,
                    make_interval(secs => wish.deadline_seconds) AS deadline_after
         ) AS time
          JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = wish.named_task_id
         ORDER BY wish.identity_hash COLLATE "C"
        ON CONFLICT (identity_hash) DO NOTHING
        RETURNING task_id, bypass_steps <> '[]' AS bypasses
    )
    SELECT coalesce(array_agg(inserted.task_id), '{}'), coalesce(bool_or(inserted.bypasses), false)
      INTO v_created_ids, v_bypasses
      FROM inserted;

    IF NOT p_skip_duplicates AND cardinality(v_created_ids) < jsonb_array_length(p_requests) THEN
        -- Nobody has seen them yet.
        DELETE FROM tasker.tasks AS task WHERE task.task_id = ANY (v_created_ids);
        RETURN QUERY
        SELECT element.ordinality::integer - 1, task.task_id, false
          FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS element (value, ordinality)
          LEFT JOIN tasker.tasks AS task ON task.identity_hash = element.value ->> 'identity_hash'
         ORDER BY element.ordinality;
        RETURN;
    END IF;

    INSERT INTO tasker.workflow_steps
           (task_id, named_step_id, named_tasks_named_step_id, name, handler_key, state, claimable, held, queued_outside,
            unmet_dependencies, priority, due_at, retryable, retry_limit, skippable, delay_key, ended_at)
    SELECT task.task_id,
           template_step.named_step_id,
           template_step.named_tasks_named_step_id,
           template_step.name,
           template_step.handler_key,
           CASE WHEN bypass.is_bypassed THEN 'skipped' ELSE 'pending' END,
           NOT bypass.is_bypassed AND parents.unmet = 0 AND task.state = 'pending',
           task.state <> 'pending',
           task.enqueuer IS NOT NULL,
           parents.unmet,
           task.priority,
           coalesce(task.start_at, v_now),
           template_step.default_retryable,
           template_step.default_retry_limit,
           template_step.skippable,
           template_step.delay_key,
           CASE WHEN bypass.is_bypassed THEN v_now END
      FROM tasker.tasks AS task
      JOIN tasker.named_tasks_named_steps AS template_step
        ON template_step.named_task_id = task.named_task_id
       AND template_step.current
     CROSS JOIN LATERAL (
         SELECT template_step.skippable AND task.bypass_steps ? template_step.name AS is_bypassed
     ) AS bypass
     CROSS JOIN LATERAL (
         SELECT CASE WHEN v_bypasses
                     THEN (SELECT count(*) FILTER (WHERE NOT (parent.skippable AND task.bypass_steps ? parent.name))
                             FROM tasker.named_tasks_named_step_edges AS edge
                             JOIN tasker.named_tasks_named_steps AS parent
                               ON parent.named_tasks_named_step_id = edge.from_id
                            WHERE edge.to_id = template_step.named_tasks_named_step_id)::integer
                     ELSE template_step.parents
                END AS unmet
     ) AS parents
     WHERE task.task_id = ANY (v_created_ids)
     ORDER BY task.task_id, template_step.position;

    -- Before any edge: it may give the steps other ids.
    IF p_requests @? '$[*].step_defaults' THEN
        PERFORM tasker.apply_step_defaults(p_requests, v_created_ids);
    END IF;

    INSERT INTO tasker.workflow_step_edges (task_id, from_step_id, to_step_id)
    SELECT child.task_id, parent.workflow_step_id, child.workflow_step_id
      FROM tasker.workflow_steps AS child
      JOIN tasker.named_tasks_named_step_edges AS edge ON edge.to_id = child.named_tasks_named_step_id
      JOIN tasker.workflow_steps AS parent
        ON parent.task_id = child.task_id
       AND parent.named_tasks_named_step_id = edge.from_id
     WHERE child.task_id = ANY (v_created_ids);

    IF p_requests @? '$[*].annotations[*]' THEN
        INSERT INTO tasker.annotation_types (name)
        SELECT DISTINCT annotation ->> 'type' AS name
          FROM jsonb_array_elements(p_requests) AS request
         CROSS JOIN LATERAL jsonb_array_elements(request -> 'annotations') AS annotation
         WHERE NOT EXISTS (SELECT 1 FROM tasker.annotation_types AS known WHERE known.name = annotation ->> 'type')
         ORDER BY name
        ON CONFLICT (name) DO NOTHING;

        INSERT INTO tasker.task_annotations (task_id, annotation_type_id, annotation)
        SELECT task.task_id, type.annotation_type_id, annotation.value -> 'value'
          FROM (
              -- Of requests with the same identity, the first one is the task.
              SELECT DISTINCT ON (given.value ->> 'identity_hash')
                     given.value ->> 'identity_hash' AS identity_hash, given.value -> 'annotations' AS annotations
                FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS given (value, ordinality)
               ORDER BY given.value ->> 'identity_hash', given.ordinality
          ) AS request
          JOIN tasker.tasks AS task ON task.identity_hash = request.identity_hash
         CROSS JOIN LATERAL jsonb_array_elements(request.annotations) WITH ORDINALITY AS annotation (value, ordinality)
          JOIN tasker.annotation_types AS type ON type.name = annotation.value ->> 'type'
         WHERE task.task_id = ANY (v_created_ids)
         ORDER BY task.task_id, annotation.ordinality;
    END IF;

    IF v_bypasses THEN
        INSERT INTO tasker.workflow_step_transitions (task_id, workflow_step_id, from_state, to_state, metadata)
        SELECT step.task_id, step.workflow_step_id, 'pending', 'skipped', jsonb_build_object('reason', 'bypassed')
          FROM tasker.workflow_steps AS step
         WHERE step.task_id = ANY (v_created_ids)
           AND step.state = 'skipped'
         ORDER BY step.workflow_step_id;

        -- Only a task whose steps are all skipped ends here.
        PERFORM tasker.settle_tasks(ARRAY(
            SELECT step.task_id
              FROM tasker.workflow_steps AS step
              JOIN tasker.tasks AS task ON task.task_id = step.task_id
             WHERE step.task_id = ANY (v_created_ids)
               AND task.state = 'pending'
             GROUP BY step.task_id
            HAVING bool_and(step.state = 'skipped')));
    END IF;

    RETURN QUERY
    SELECT element.ordinality::integer - 1,
           task.task_id,
           task.task_id = ANY (v_created_ids)
               AND row_number() OVER (PARTITION BY task.task_id ORDER BY element.ordinality) = 1
      FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS element (value, ordinality)
      JOIN tasker.tasks AS task ON task.identity_hash = element.value ->> 'identity_hash'
     ORDER BY element.ordinality;
END
$$;
