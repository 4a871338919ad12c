-- Claims ready steps for one worker; the first claim of a task starts it.
--   Takes    as ready_steps.
--   Returns  the steps that were claimed, those among them that had failed before, and the tasks that were started. A pending task that somebody else holds stays
--            pending, and keeps its steps for later. Handlers that a limit holds back: as ready_steps.
--   Locks    steps and tasks, never waiting (SKIP LOCKED).   Caller   advance.
-- It was not told the first steps that wait once.
DROP FUNCTION IF EXISTS tasker.claim_ready_steps(
    text, interval, text[], integer[], text[], integer, bigint, integer[], text[]);
CREATE OR REPLACE FUNCTION tasker.claim_ready_steps(
    p_worker             text,
    p_lease              interval,
    p_handler_keys       text[],
    p_free_slots         integer[],
    p_limited_keys       text[],
    p_claim_limit        integer,
    p_task_id            bigint,
    p_running            integer[],
    p_used_runtimes      text[],
    p_waiting_keys       text[],
    p_waiting_priorities integer[],
    p_waiting_since      timestamptz[],
    OUT step_ids     bigint[],
    OUT retry_ids    bigint[],
    OUT launched_ids bigint[],
    OUT waiting_keys text[],
    OUT resume_in    interval[]
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now       CONSTANT timestamptz := tasker.now();
    v_ready_ids bigint[];
    v_task_ids  bigint[];
BEGIN
    SELECT ready.step_ids, ready.waiting_keys, ready.resume_in
      INTO v_ready_ids, waiting_keys, resume_in
      FROM tasker.ready_steps(
               p_handler_keys, p_free_slots, p_limited_keys, p_claim_limit, p_task_id, p_running, p_used_runtimes,
               p_waiting_keys, p_waiting_priorities, p_waiting_since) AS ready;
    step_ids := '{}';
    retry_ids := '{}';
    launched_ids := '{}';
    IF cardinality(v_ready_ids) = 0 THEN
        RETURN;
    END IF;

    -- Ids first: joined with the state of tasks, the planner would walk all unfinished ones.
    v_task_ids := ARRAY(
        SELECT DISTINCT step.task_id
          FROM tasker.workflow_steps AS step
         WHERE step.workflow_step_id = ANY (v_ready_ids)
    );
    launched_ids := ARRAY(
        SELECT task.task_id
          FROM tasker.tasks AS task
         WHERE task.task_id = ANY (v_task_ids)
           AND task.state = 'pending'
         ORDER BY task.task_id
           FOR NO KEY UPDATE SKIP LOCKED
    );
    IF cardinality(launched_ids) > 0 THEN
        WITH launched AS (
            UPDATE tasker.tasks AS task
               SET state = 'in_progress', started_at = coalesce(task.started_at, v_now), updated_at = v_now
             WHERE task.task_id = ANY (launched_ids)
            RETURNING task.task_id
        )
        INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata, created_at)
        SELECT launched.task_id, 'pending', 'in_progress', jsonb_build_object('worker', p_worker), v_now
          FROM launched;
    END IF;

    WITH ready AS MATERIALIZED (
        SELECT step.workflow_step_id, step.task_id, step.state, step.attempts + 1 AS attempt,
               nextval('tasker.claim_ids') AS claim_id
          FROM (
              SELECT known.workflow_step_id, known.task_id, known.state, known.attempts
                FROM tasker.workflow_steps AS known
               WHERE known.workflow_step_id = ANY (v_ready_ids)
                 AND (SELECT task.state FROM tasker.tasks AS task WHERE task.task_id = known.task_id) = 'in_progress'
               ORDER BY known.workflow_step_id
          ) AS step
    ),
    claimed AS (
        UPDATE tasker.workflow_steps AS step
           SET state             = 'in_progress',
               claimable         = false,
               attempts          = ready.attempt,
               claim_id          = ready.claim_id,
               last_attempted_at = v_now,
               lease_owner       = p_worker,
               lease_expires_at  = v_now + p_lease,
               updated_at        = v_now
          FROM ready
         WHERE step.workflow_step_id = ready.workflow_step_id
        RETURNING step.workflow_step_id, ready.state AS from_state
    ),
    recorded AS (
        INSERT INTO tasker.workflow_step_transitions
               (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
        SELECT passage.task_id, passage.workflow_step_id, passage.from_state, passage.to_state, passage.metadata, v_now
          FROM (
              -- A retry passes through pending.
              SELECT ready.workflow_step_id, 1 AS place, ready.task_id, 'error' AS from_state, 'pending' AS to_state,
                     jsonb_build_object('reason', 'retry', 'attempt', ready.attempt) AS metadata
                FROM ready
               WHERE ready.state = 'error'
              UNION ALL
              SELECT ready.workflow_step_id, 2, ready.task_id, 'pending', 'in_progress',
                     jsonb_build_object('attempt', ready.attempt, 'claim_id', ready.claim_id, 'worker', p_worker)
                FROM ready
               ORDER BY 1, 2
          ) AS passage
    )
    SELECT coalesce(array_agg(claimed.workflow_step_id), '{}'),
           coalesce(array_agg(claimed.workflow_step_id) FILTER (WHERE claimed.from_state = 'error'), '{}')
      INTO step_ids, retry_ids
      FROM claimed;

    IF cardinality(p_limited_keys) > 0 THEN
        -- Only what is claimed in the end counts against a rate.
        PERFORM tasker.count_rate_use(started.handler_key, started.attempts)
           FROM (
               SELECT step.handler_key, count(*)::integer AS attempts
                 FROM tasker.workflow_steps AS step
                WHERE step.workflow_step_id = ANY (step_ids)
                  AND step.handler_key = ANY (p_limited_keys)
                GROUP BY step.handler_key
           ) AS started;
    END IF;
    IF cardinality(step_ids) < cardinality(v_ready_ids) THEN
        -- A step whose task ended or was paused while a wave made it claimable: take it out of the index for good.
        UPDATE tasker.workflow_steps AS step
           SET claimable = false, held = true, updated_at = v_now
          FROM tasker.tasks AS task
         WHERE step.workflow_step_id = ANY (v_ready_ids)
           AND task.task_id = step.task_id
           AND NOT tasker.task_is_live(task.state);
    END IF;
END
$$;
