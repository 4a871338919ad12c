-- Creates tasks with their steps, edges and annotations, all or none. A task that begins with one step may start at once:
-- the caller claims that step with the creation.
--   Takes    [{named_task_id, context, identity_hash, state (draft | pending), initiator, source_system, reason, tags,
--              bypass_steps, priority, correlation_id, parent_correlation_id, enqueuer, requested_at, start_at,
--              delay_seconds, deadline_seconds, annotations: [{type, value}], task_handler_key, step_defaults,
--              step_order}]; all but the first three may be null or absent (for the last two see apply_step_defaults).
--              delay_seconds counts from now, and a start_at in the past is now; deadline_seconds counts from the
--              start, else from the request, and for a draft from its launch.
--            The worker that creates them, with handler keys, each with the free slots of its runtime (as ready_steps), and
--            how many steps it may claim: none, unless it says so; and where it knows that steps wait, as advance.
--   Returns  kind created, one per request, in order; created is false where a task with that identity hash exists already.
--            With p_skip_duplicates the other tasks are created nevertheless. Without it nothing is: then task_id is
--            the existing task, and null for requests that are no duplicates.
--            kind claimed, one per task that has started, and kind left where others have not, as advance returns them.
--   A first step is claimed only if nothing waits for its handler already, and if it has neither a limit nor a delay key.
--   Locks    new identities in their order, so that two overlapping batches do not wait for each other.
--   Steps get ids in topological order, so that no edge of a new task descends (see refuse_cycle).
-- It was not told what is known to wait once, and then only where nothing is.
DROP FUNCTION IF EXISTS tasker.create_tasks(jsonb, boolean, text, interval, text[], integer[], integer);
DROP FUNCTION IF EXISTS tasker.create_tasks(jsonb, boolean, text, interval, text[], integer[], integer, text[]);
CREATE OR REPLACE FUNCTION tasker.create_tasks(
    p_requests        jsonb,
    p_skip_duplicates boolean DEFAULT false,
    p_worker          text DEFAULT NULL,
    p_lease           interval DEFAULT NULL,
    p_handler_keys    text[] DEFAULT '{}',
    p_free_slots      integer[] DEFAULT '{}',
    p_claim_limit     integer DEFAULT 0,
    p_from_priorities integer[] DEFAULT '{}',
    p_from_times      timestamptz[] DEFAULT '{}'
) RETURNS TABLE (
    kind text, ordinal integer, task_id bigint, created boolean, workflow_step_id bigint, claim_id bigint, payload jsonb)
LANGUAGE plpgsql
-- Every statement in it reaches few rows by their keys. Said here, because the plans are kept: one that was made while the
-- tables were small would scan them whole, and go on to do so while they grow, until the next ANALYZE.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_bitmapscan = off
SET enable_memoize = off
AS $$
#variable_conflict use_column
DECLARE
    v_now          CONSTANT timestamptz := tasker.now();
    v_template_ids bigint[];
    v_template_id  bigint;
    v_open_keys    text[] := '{}';
    v_keys         tasker.served_keys;
    v_created_ids  bigint[];
    v_priority     integer;
    v_launched_ids bigint[];
    v_bypasses     boolean;
    v_step_ids     bigint[];
    v_step_tasks   bigint[];
    v_first_ids    bigint[];
    v_first_tasks  bigint[];
    v_first_claims bigint[];
BEGIN
    -- A template must not be replaced between the statements that read it.
    v_template_ids := ARRAY(
        SELECT DISTINCT (request ->> 'named_task_id')::bigint AS named_task_id
          FROM jsonb_array_elements(p_requests) AS request
         ORDER BY named_task_id
    );
    FOREACH v_template_id IN ARRAY v_template_ids LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtext('tasker.named_tasks'), v_template_id::integer);
    END LOOP;
    IF p_claim_limit > 0 THEN
        v_open_keys := ARRAY(
            SELECT named_task.first_handler_key
              FROM tasker.named_tasks AS named_task
             WHERE named_task.named_task_id = ANY (v_template_ids)
               AND named_task.first_handler_key = ANY (p_handler_keys)
               AND NOT EXISTS (
                       SELECT FROM tasker.handler_limits AS limits WHERE limits.handler_key = named_task.first_handler_key)
        );
        IF cardinality(v_open_keys) > 0
           AND (cardinality(p_from_times) = 0 OR ('infinity' = ALL (p_from_times)) IS NOT TRUE) THEN
            v_keys := (
                SELECT tasker.keys_with_limits(
                           array_agg(served.handler_key), true, array_agg(served.from_priority), array_agg(served.from_time))
                  FROM unnest(p_handler_keys, p_from_priorities, p_from_times) AS served (handler_key, from_priority, from_time)
                 WHERE served.handler_key = ANY (v_open_keys)
            );
            v_open_keys := v_keys.open;
        END IF;
    END IF;

    WITH request AS MATERIALIZED (
        -- Once, and in their order: the ids follow it, whatever the order of insertion is, and answers are told by it.
        SELECT nextval('tasker.tasks_task_id_seq') AS task_id, wish.*
          FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
                   named_task_id bigint, state text, priority integer, context jsonb, identity_hash text,
                   initiator text, source_system text, reason text, tags jsonb, bypass_steps jsonb,
                   correlation_id text, parent_correlation_id text, enqueuer text, requested_at timestamptz,
                   start_at timestamptz, delay_seconds double precision, deadline_seconds double precision,
                   task_handler_key text, step_defaults jsonb)) WITH ORDINALITY AS wish
    ),
    planned AS (
        SELECT request.*,
               named_task.failure_policy,
               named_task.total_steps,
               coalesce(request.state, 'pending') AS first_state,
               CASE WHEN request.start_at IS NOT NULL THEN greatest(request.start_at, v_now)
                    ELSE v_now + make_interval(secs => request.delay_seconds)
               END AS starts_at,
               make_interval(secs => request.deadline_seconds) AS deadline_after,
               -- Not more than there are slots, whichever of the requests they are for.
               coalesce(request.state, 'pending') = 'pending'
               AND request.enqueuer IS NULL
               AND request.start_at IS NULL
               AND request.delay_seconds IS NULL
               AND coalesce(request.bypass_steps, '[]') = '[]'
               AND request.step_defaults IS NULL
               AND coalesce(named_task.first_handler_key = ANY (v_open_keys), false)
               AND request.ordinality <= least(
                       p_claim_limit, p_free_slots[array_position(p_handler_keys, named_task.first_handler_key)]) AS launches
          FROM request
          JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = request.named_task_id
    ),
    inserted AS (
        INSERT INTO tasker.tasks
               (task_id, named_task_id, state, failure_policy, priority, context, identity_hash, initiator, source_system,
                reason, tags, bypass_steps, correlation_id, parent_correlation_id, enqueuer, next_enqueue_at, requested_at,
                start_at, started_at, deadline_after, deadline_at, task_handler_key, total_steps, created_at, updated_at)
        SELECT planned.task_id, planned.named_task_id,
               CASE WHEN planned.launches THEN 'in_progress' ELSE planned.first_state END,
               planned.failure_policy, coalesce(planned.priority, 0), planned.context, planned.identity_hash,
               coalesce(planned.initiator, 'unknown'), coalesce(planned.source_system, 'unknown'),
               coalesce(planned.reason, 'unknown'), coalesce(planned.tags, '[]'), coalesce(planned.bypass_steps, '[]'),
               coalesce(planned.correlation_id, planned.identity_hash), planned.parent_correlation_id, planned.enqueuer,
               CASE WHEN planned.enqueuer IS NOT NULL THEN coalesce(planned.starts_at, v_now) END,
               coalesce(planned.requested_at, v_now), planned.starts_at,
               CASE WHEN planned.launches THEN v_now END,
               planned.deadline_after,
               CASE WHEN planned.first_state <> 'draft'
                    THEN coalesce(planned.starts_at, planned.requested_at, v_now) + planned.deadline_after
               END,
               planned.task_handler_key,
               planned.total_steps,
               v_now,
               v_now
          FROM planned
         ORDER BY planned.identity_hash COLLATE "C"
        ON CONFLICT (identity_hash) DO NOTHING
        RETURNING task_id, state, priority, bypass_steps <> '[]' AS bypasses
    )
    SELECT coalesce(array_agg(task.task_id), '{}'),
           coalesce(array_agg(task.task_id) FILTER (WHERE task.state = 'in_progress'), '{}'),
           max(task.priority),
           coalesce(bool_or(task.bypasses), false)
      INTO v_created_ids, v_launched_ids, v_priority, v_bypasses
      FROM (SELECT inserted.* FROM inserted ORDER BY inserted.task_id) AS task;

    IF NOT p_skip_duplicates AND cardinality(v_created_ids) < jsonb_array_length(p_requests) THEN
        -- Nobody has seen them yet.
        DELETE FROM tasker.tasks AS task WHERE task.task_id = ANY (v_created_ids);
        RETURN QUERY
        SELECT 'created', element.ordinality::integer - 1, task.task_id, false, NULL::bigint, NULL::bigint, NULL::jsonb
          FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS element (value, ordinality)
          LEFT JOIN tasker.tasks AS task ON task.identity_hash = element.value ->> 'identity_hash'
         ORDER BY element.ordinality;
        RETURN;
    END IF;

    WITH step AS (
        INSERT INTO tasker.workflow_steps
               (task_id, named_step_id, named_tasks_named_step_id, name, handler_key, state, claimable, held, queued_outside,
                unmet_dependencies, priority, due_at, retryable, retry_limit, skippable, delay_key, attempts, claim_id,
                lease_owner, lease_expires_at, last_attempted_at, created_at, updated_at)
        SELECT task.task_id,
               template_step.named_step_id,
               template_step.named_tasks_named_step_id,
               template_step.name,
               template_step.handler_key,
               CASE WHEN first.is_claimed THEN 'in_progress' ELSE 'pending' END,
               template_step.parents = 0 AND task.state = 'pending',
               task.state = 'draft',
               task.enqueuer IS NOT NULL,
               template_step.parents,
               task.priority,
               coalesce(task.start_at, v_now),
               template_step.default_retryable,
               template_step.default_retry_limit,
               template_step.skippable,
               template_step.delay_key,
               first.is_claimed::integer,
               CASE WHEN first.is_claimed THEN nextval('tasker.claim_ids') END,
               CASE WHEN first.is_claimed THEN p_worker END,
               CASE WHEN first.is_claimed THEN v_now + p_lease END,
               CASE WHEN first.is_claimed THEN v_now END,
               v_now,
               v_now
          FROM tasker.tasks AS task
          JOIN tasker.named_tasks_named_steps AS template_step
            ON template_step.named_task_id = task.named_task_id
           AND template_step.current
         CROSS JOIN LATERAL (SELECT task.state = 'in_progress' AND template_step.parents = 0 AS is_claimed) AS first
         WHERE task.task_id = ANY (v_created_ids)
         ORDER BY task.task_id, template_step.position
        RETURNING workflow_step_id, task_id, claim_id
    )
    SELECT array_agg(step.workflow_step_id),
           array_agg(step.task_id),
           array_agg(step.workflow_step_id) FILTER (WHERE step.claim_id IS NOT NULL),
           array_agg(step.task_id) FILTER (WHERE step.claim_id IS NOT NULL),
           array_agg(step.claim_id) FILTER (WHERE step.claim_id IS NOT NULL)
      INTO v_step_ids, v_step_tasks, v_first_ids, v_first_tasks, v_first_claims
      FROM (SELECT step.* FROM step ORDER BY step.workflow_step_id) AS step;

    -- The steps of a task stand together, in the order of their positions.
    INSERT INTO tasker.workflow_step_edges (task_id, from_step_id, to_step_id)
    SELECT new.task_id, v_step_ids[new.first + place.parent], v_step_ids[new.first + place.child]
      FROM (
          SELECT step.task_id, min(step.place)::integer AS first
            FROM unnest(v_step_tasks) WITH ORDINALITY AS step (task_id, place)
           GROUP BY step.task_id
      ) AS new
      JOIN tasker.tasks AS task ON task.task_id = new.task_id
      JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
     CROSS JOIN LATERAL unnest(named_task.edge_parents, named_task.edge_children) AS place (parent, child);

    IF v_bypasses THEN
        PERFORM tasker.bypass_steps(v_created_ids);
    END IF;
    IF cardinality(v_launched_ids) > 0 THEN
        -- Before the transitions of their steps.
        INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata, created_at)
        SELECT launched.task_id, 'pending', 'in_progress', jsonb_build_object('worker', p_worker), v_now
          FROM unnest(v_launched_ids) AS launched (task_id);
        INSERT INTO tasker.workflow_step_transitions
               (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
        SELECT first.task_id, first.workflow_step_id, 'pending', 'in_progress',
               jsonb_build_object('attempt', 1, 'claim_id', first.claim_id, 'worker', p_worker), v_now
          FROM unnest(v_first_tasks, v_first_ids, v_first_claims) AS first (task_id, workflow_step_id, claim_id);
    END IF;

    IF p_requests @? '$[*].step_defaults' THEN
        PERFORM tasker.apply_step_defaults(p_requests, v_created_ids);
    END IF;

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

    IF cardinality(v_created_ids) = jsonb_array_length(p_requests) THEN
        RETURN QUERY
        SELECT 'created', (new.ordinality - 1)::integer, new.task_id, true, NULL::bigint, NULL::bigint, NULL::jsonb
          FROM unnest(v_created_ids) WITH ORDINALITY AS new (task_id, ordinality);
    ELSE
        RETURN QUERY
        SELECT 'created', element.ordinality::integer - 1,
               task.task_id,
               task.task_id = ANY (v_created_ids)
                   AND row_number() OVER (PARTITION BY task.task_id ORDER BY element.ordinality) = 1,
               NULL::bigint, NULL::bigint, NULL::jsonb
          FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS element (value, ordinality)
          JOIN tasker.tasks AS task ON task.identity_hash = element.value ->> 'identity_hash'
         ORDER BY element.ordinality;
    END IF;
    IF cardinality(v_launched_ids) < cardinality(v_created_ids) THEN
        RETURN QUERY
        SELECT 'left', NULL::integer, NULL::bigint, NULL::boolean, NULL::bigint, NULL::bigint,
               jsonb_build_object('priority', v_priority, 'due_at', v_now);
    END IF;
    IF cardinality(v_launched_ids) > 0 THEN
        RETURN QUERY
        SELECT 'claimed', NULL::integer, step.task_id, NULL::boolean, step.workflow_step_id, step.claim_id,
               tasker.claim_payload(
                   'pending', 1, v_now, step.retryable, step.retry_limit, step.inputs, NULL, step.named_tasks_named_step_id,
                   NULL)
               || jsonb_build_object('launched', true, 'task', task.facts)
          FROM tasker.workflow_steps AS step
         CROSS JOIN LATERAL tasker.task_facts(ARRAY[step.task_id]) AS task
         WHERE step.workflow_step_id = ANY (v_first_ids);
    END IF;
END
$$;
