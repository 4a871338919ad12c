-- Claims ready steps for one worker, and returns all that it needs to run them.
--   Takes    handler keys in the order in which the worker wants them served, each with the free slots of its runtime
--            (the part before the colon), which the keys of that runtime share; p_running tells how many attempts of
--            each key the worker is running; p_task_id limits the claim to one task; p_continued_ids and
--            p_continued_runtimes are steps that release_children has claimed for the worker in the same wave: they use
--            slots, and are returned, too.
--   Returns  claimed steps (see claimed_steps); and rows without a step, {"handler_key", "resumes_in_seconds"}, for
--            handlers that a limit in time (handler_limits, delay_keys) holds back.
--   Locks    workflow_steps and their still-pending tasks, never waiting (SKIP LOCKED).
--   Index    workflow_steps_claimable_idx, one probe per handler key.   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.claim_steps(
    p_worker       text,
    p_handler_keys text[],
    p_free_slots   integer[],
    p_claim_limit  integer,
    p_lease        interval,
    p_task_id      bigint DEFAULT NULL,
    p_running      integer[] DEFAULT NULL,
    p_continued_ids      bigint[] DEFAULT '{}',
    p_continued_runtimes text[] DEFAULT '{}'
) RETURNS TABLE (task_id bigint, workflow_step_id bigint, claim_id bigint, payload jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now           CONSTANT timestamptz := tasker.now();
    v_candidate_ids bigint[] := '{}';
    v_retried_ids   bigint[] := '{}';
    v_claimed_ids   bigint[] := '{}';
    v_runtimes      text[] := p_continued_runtimes;
    v_runtime       text;
    v_limited_keys  text[];
    v_is_limited    boolean;
    v_resumes_in    interval;
    v_deferred_for  interval;
    v_ready_ids     bigint[];
    v_left          integer;
    v_launched_ids  bigint[] := '{}';
BEGIN
    v_limited_keys := ARRAY(
        SELECT limits.handler_key
          FROM tasker.handler_limits AS limits
         WHERE limits.handler_key = ANY (p_handler_keys)
    );
    FOR v_index IN 1 .. cardinality(p_handler_keys) LOOP
        v_runtime := split_part(p_handler_keys[v_index], ':', 1);
        v_left := least(p_claim_limit - cardinality(v_runtimes),
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
    IF cardinality(v_candidate_ids) > 0 THEN
        v_launched_ids := tasker.launch_tasks(p_worker, v_candidate_ids);

        WITH candidate AS MATERIALIZED (
            SELECT step.workflow_step_id, step.state AS from_state
              FROM tasker.workflow_steps AS step
             WHERE step.workflow_step_id = ANY (v_candidate_ids)
               AND (SELECT task.state FROM tasker.tasks AS task WHERE task.task_id = step.task_id) = 'in_progress'
        ),
        claimed AS (
            UPDATE tasker.workflow_steps AS step
               SET state             = 'in_progress',
                   claimable         = false,
                   attempts          = step.attempts + 1,
                   claim_id          = nextval('tasker.claim_ids'),
                   lease_owner       = p_worker,
                   lease_expires_at  = v_now + p_lease,
                   last_attempted_at = v_now,
                   updated_at        = v_now
              FROM candidate
             WHERE step.workflow_step_id = candidate.workflow_step_id
            RETURNING step.workflow_step_id, step.task_id, step.attempts, step.claim_id, candidate.from_state
        ),
        audited AS (
            INSERT INTO tasker.workflow_step_transitions
                   (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
            SELECT passage.task_id, passage.workflow_step_id, passage.from_state, passage.to_state, passage.metadata, v_now
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
        SELECT coalesce(array_agg(claimed.workflow_step_id), '{}'),
               coalesce(array_agg(claimed.workflow_step_id) FILTER (WHERE claimed.from_state = 'error'), '{}')
          INTO v_claimed_ids, v_retried_ids
          FROM claimed;
    END IF;

    IF cardinality(v_claimed_ids) + cardinality(p_continued_ids) > 0 THEN
        RETURN QUERY
        SELECT claimed.task_id, claimed.workflow_step_id, claimed.claim_id, claimed.payload
          FROM tasker.claimed_steps(v_claimed_ids || p_continued_ids, v_retried_ids, v_launched_ids) AS claimed;
    END IF;

    -- Only what was claimed in the end counts against a rate.
    IF cardinality(v_limited_keys) > 0 THEN
        PERFORM tasker.count_rate_use(started.handler_key, started.attempts)
           FROM (
               SELECT step.handler_key, count(*)::integer AS attempts
                 FROM tasker.workflow_steps AS step
                WHERE step.workflow_step_id = ANY (v_claimed_ids)
                  AND step.handler_key = ANY (v_limited_keys)
                GROUP BY step.handler_key
           ) AS started;
    END IF;
    IF cardinality(v_claimed_ids) = cardinality(v_candidate_ids) THEN
        RETURN;
    END IF;
    -- A step whose task ended or was paused while a wave made it claimable: take it out of the index for good.
    UPDATE tasker.workflow_steps AS step
       SET claimable = false, held = true, updated_at = v_now
      FROM tasker.tasks AS task
     WHERE step.workflow_step_id = ANY (v_candidate_ids)
       AND step.claimable
       AND task.task_id = step.task_id
       AND NOT tasker.task_is_live(task.state);
END
$$;
