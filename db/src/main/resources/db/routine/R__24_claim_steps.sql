-- Claims ready steps for one worker, and returns all that it needs to run them.
--   Takes    handler keys in the order in which the worker wants them served, each with the free slots of its runtime
--            (the part before the colon), which the keys of that runtime share; p_running tells how many attempts of
--            each key the worker is running; p_task_id limits the claim to one task.
--   Returns  claimed steps; and rows without a step, {"handler_key", "resumes_in_seconds"}, for handlers that a limit
--            in time (handler_limits, delay_keys) holds back.
--   Locks    workflow_steps and their still-pending tasks, never waiting (SKIP LOCKED).
--   Index    workflow_steps_claimable_idx, one probe per handler key.   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.claim_steps(
    p_worker       text,
    p_handler_keys text[],
    p_free_slots   integer[],
    p_claim_limit  integer,
    p_lease        interval,
    p_task_id      bigint DEFAULT NULL,
    p_running      integer[] DEFAULT NULL
) RETURNS TABLE (task_id bigint, workflow_step_id bigint, claim_id bigint, payload jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    -- As stored, that is compressed: a document of PostgreSQL holds 256 MB, and compression gives at most some 200 to 1.
    c_parent_bytes_max CONSTANT bigint := 512 * 1024;
    v_candidate_ids bigint[] := '{}';
    v_runtimes      text[] := '{}';
    v_runtime       text;
    v_limited_keys  text[];
    v_is_limited    boolean;
    v_resumes_in    interval;
    v_deferred_for  interval;
    v_ready_ids     bigint[];
    v_left          integer;
    v_claimed       integer;
    v_task_ids      bigint[];
    v_pending_ids   bigint[];
    v_launched_ids  bigint[] := '{}';
BEGIN
    v_limited_keys := ARRAY(
        SELECT limits.handler_key
          FROM tasker.handler_limits AS limits
         WHERE limits.handler_key = ANY (p_handler_keys)
    );
    FOR v_index IN 1 .. cardinality(p_handler_keys) LOOP
        v_runtime := split_part(p_handler_keys[v_index], ':', 1);
        v_left := least(p_claim_limit - cardinality(v_candidate_ids),
                        p_free_slots[v_index] - cardinality(array_positions(v_runtimes, v_runtime)));
        CONTINUE WHEN v_left <= 0;
        v_is_limited := p_handler_keys[v_index] = ANY (v_limited_keys);
        v_resumes_in := NULL;
        v_deferred_for := NULL;
        IF v_is_limited THEN
            SELECT opened.allowance, opened.resumes_in
              INTO v_left, v_resumes_in
              FROM tasker.open_handler_limit(p_handler_keys[v_index], v_left, coalesce(p_running[v_index], 0)) AS opened;
            CONTINUE WHEN v_left <= 0 AND v_resumes_in IS NULL;
        END IF;

        -- Beyond a limit one step more is asked for: it tells whether anything waits.
        IF p_task_id IS NULL THEN
            IF v_is_limited THEN
                v_deferred_for := tasker.defer_delayed_steps(p_handler_keys[v_index]);
            END IF;
            v_ready_ids := ARRAY(
                SELECT step.workflow_step_id
                  FROM tasker.workflow_steps AS step
                 WHERE step.claimable
                   AND NOT step.queued_outside
                   AND step.handler_key = p_handler_keys[v_index]
                   AND step.due_at <= tasker.now()
                   AND (step.delay_key IS NULL OR NOT tasker.delay_key_is_held(step.delay_key))
                 ORDER BY step.priority DESC, step.due_at, step.workflow_step_id
                 LIMIT v_left + v_is_limited::integer
                   FOR UPDATE SKIP LOCKED
            );
        ELSE
            v_ready_ids := ARRAY(
                SELECT step.workflow_step_id
                  FROM tasker.workflow_steps AS step
                 WHERE step.task_id = p_task_id
                   AND step.claimable
                   AND step.handler_key = p_handler_keys[v_index]
                   AND step.due_at <= tasker.now()
                   AND (step.delay_key IS NULL OR NOT tasker.delay_key_is_held(step.delay_key))
                 ORDER BY step.workflow_step_id
                 LIMIT v_left + v_is_limited::integer
                   FOR UPDATE SKIP LOCKED
            );
        END IF;
        IF v_is_limited THEN
            IF cardinality(v_ready_ids) <= v_left THEN
                v_resumes_in := NULL;
            END IF;
            v_ready_ids := v_ready_ids[1:v_left];
            v_resumes_in := least(v_resumes_in, v_deferred_for);
            IF v_resumes_in IS NOT NULL THEN
                task_id := NULL;
                workflow_step_id := NULL;
                claim_id := NULL;
                payload := jsonb_build_object('handler_key', p_handler_keys[v_index],
                                              'resumes_in_seconds', extract(epoch FROM v_resumes_in));
                RETURN NEXT;
            END IF;
        END IF;
        v_candidate_ids := v_candidate_ids || v_ready_ids;
        v_runtimes := v_runtimes || array_fill(v_runtime, ARRAY[cardinality(v_ready_ids)]);
    END LOOP;
    IF cardinality(v_candidate_ids) = 0 THEN
        RETURN;
    END IF;

    -- The first claim of a task starts it. A pending task that somebody else holds keeps its steps for later.
    -- OFFSET 0 keeps the planner on the primary key: by the state it would walk all unfinished tasks.
    v_task_ids := ARRAY(
        SELECT DISTINCT step.task_id
          FROM tasker.workflow_steps AS step
         WHERE step.workflow_step_id = ANY (v_candidate_ids)
    );
    v_pending_ids := ARRAY(
        SELECT task.task_id
          FROM (
              SELECT known.task_id, known.state
                FROM tasker.tasks AS known
               WHERE known.task_id = ANY (v_task_ids)
              OFFSET 0
          ) AS task
         WHERE task.state = 'pending'
    );
    IF cardinality(v_pending_ids) > 0 THEN
        v_launched_ids := ARRAY(
            SELECT task.task_id
              FROM tasker.tasks AS task
             WHERE task.task_id = ANY (v_pending_ids)
               AND task.state = 'pending'
             ORDER BY task.task_id
               FOR NO KEY UPDATE SKIP LOCKED
        );
        UPDATE tasker.tasks AS task
           SET state = 'in_progress', started_at = coalesce(task.started_at, tasker.now()), updated_at = tasker.now()
         WHERE task.task_id = ANY (v_launched_ids);
        INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata)
        SELECT launched.task_id, 'pending', 'in_progress', jsonb_build_object('worker', p_worker)
          FROM unnest(v_launched_ids) AS launched (task_id)
         ORDER BY launched.task_id;
    END IF;

    RETURN QUERY
    WITH candidate AS MATERIALIZED (
        SELECT step.workflow_step_id, step.state AS from_state
          FROM tasker.workflow_steps AS step
          JOIN (
              SELECT known.task_id, known.state
                FROM tasker.tasks AS known
               WHERE known.task_id = ANY (v_task_ids)
              OFFSET 0
          ) AS task ON task.task_id = step.task_id
         WHERE step.workflow_step_id = ANY (v_candidate_ids)
           AND task.state = 'in_progress'
    ),
    claimed AS (
        UPDATE tasker.workflow_steps AS step
           SET state             = 'in_progress',
               claimable         = false,
               attempts          = step.attempts + 1,
               claim_id          = nextval('tasker.claim_ids'),
               lease_owner       = p_worker,
               lease_expires_at  = tasker.now() + p_lease,
               last_attempted_at = tasker.now(),
               updated_at        = tasker.now()
          FROM candidate
         WHERE step.workflow_step_id = candidate.workflow_step_id
        RETURNING step.*, candidate.from_state
    ),
    audited AS (
        INSERT INTO tasker.workflow_step_transitions (task_id, workflow_step_id, from_state, to_state, metadata)
        SELECT passage.task_id, passage.workflow_step_id, passage.from_state, passage.to_state, passage.metadata
          FROM (
              SELECT claimed.task_id,
                     claimed.workflow_step_id,
                     1 AS ordinal,
                     'error' AS from_state,
                     'pending' AS to_state,
                     jsonb_build_object('reason', 'retry', 'attempt', claimed.attempts) AS metadata
                FROM claimed
               WHERE claimed.from_state = 'error'
              UNION ALL
              SELECT claimed.task_id,
                     claimed.workflow_step_id,
                     2,
                     'pending',
                     'in_progress',
                     jsonb_build_object('attempt', claimed.attempts, 'claim_id', claimed.claim_id, 'worker', p_worker)
                FROM claimed
               ORDER BY 2, 3
          ) AS passage
    )
    SELECT claimed.task_id,
           claimed.workflow_step_id,
           claimed.claim_id,
           jsonb_build_object(
               'from_state', claimed.from_state,
               'name', claimed.name,
               'handler_key', claimed.handler_key,
               'attempts', claimed.attempts,
               'claimed_at', claimed.last_attempted_at,
               'retryable', claimed.retryable,
               'retry_limit', claimed.retry_limit,
               'inputs', claimed.inputs,
               'previous_results', claimed.results,
               'config', template_step.handler_config,
               'backoff', template_step.backoff,
               'timeout_seconds', template_step.timeout_seconds,
               'parents', coalesce(parents.results, '{}'),
               'task', jsonb_build_object(
                   'template_file', named_task.source_path,
                   'namespace', namespace.name,
                   'name', named_task.name,
                   'version', named_task.version,
                   'context', task.context,
                   'initiator', task.initiator,
                   'source_system', task.source_system,
                   'reason', task.reason,
                   'tags', task.tags,
                   'correlation_id', task.correlation_id,
                   'requested_at', task.requested_at,
                   'launched', task.task_id = ANY (v_launched_ids)))
      FROM claimed
      JOIN tasker.tasks AS task ON task.task_id = claimed.task_id
      JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
      JOIN tasker.task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
      JOIN tasker.named_tasks_named_steps AS template_step
        ON template_step.named_tasks_named_step_id = claimed.named_tasks_named_step_id
      LEFT JOIN LATERAL (
          -- Large results do not travel with the claim: the worker reads them when its handler asks for them.
          SELECT jsonb_object_agg(parent.name, jsonb_build_object('state', parent.state, 'results', parent.results)) AS results
            FROM tasker.workflow_step_edges AS edge
            JOIN tasker.workflow_steps AS parent ON parent.workflow_step_id = edge.from_step_id
           WHERE edge.to_step_id = claimed.workflow_step_id
             AND c_parent_bytes_max >= (
                     SELECT coalesce(sum(pg_column_size(sibling.results)), 0)
                       FROM tasker.workflow_step_edges AS other
                       JOIN tasker.workflow_steps AS sibling ON sibling.workflow_step_id = other.from_step_id
                      WHERE other.to_step_id = claimed.workflow_step_id)
      ) AS parents ON true;

    GET DIAGNOSTICS v_claimed = ROW_COUNT;
    -- Only what was claimed in the end counts against a rate.
    IF cardinality(v_limited_keys) > 0 THEN
        PERFORM tasker.count_rate_use(started.handler_key, started.attempts)
           FROM (
               SELECT step.handler_key, count(*)::integer AS attempts
                 FROM tasker.workflow_steps AS step
                WHERE step.workflow_step_id = ANY (v_candidate_ids)
                  AND step.handler_key = ANY (v_limited_keys)
                  AND step.state = 'in_progress'
                GROUP BY step.handler_key
           ) AS started;
    END IF;
    IF v_claimed = cardinality(v_candidate_ids) THEN
        RETURN;
    END IF;
    -- A step whose task ended or was paused while a wave made it claimable: take it out of the index for good.
    UPDATE tasker.workflow_steps AS step
       SET claimable = false, held = true, updated_at = tasker.now()
      FROM tasker.tasks AS task
     WHERE step.workflow_step_id = ANY (v_candidate_ids)
       AND step.claimable
       AND task.task_id = step.task_id
       AND NOT tasker.task_is_live(task.state);
END
$$;
