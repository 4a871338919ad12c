-- Decides the claims of ready steps, and the start of their tasks: the first claim of a task starts it.
--   Takes    as ready_steps.
--   Returns  a change for each step whose task runs, and one for each task that is started. A pending task that somebody
--            else holds stays pending, and keeps its steps for later. Handlers that a limit holds back: as ready_steps.
--   Locks    steps and tasks, never waiting (SKIP LOCKED).   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.claim_changes(
    p_worker        text,
    p_handler_keys  text[],
    p_free_slots    integer[],
    p_limited_keys  text[],
    p_claim_limit   integer,
    p_task_id       bigint,
    p_running       integer[],
    p_used_runtimes text[]
) RETURNS tasker.claims
LANGUAGE plpgsql
AS $$
DECLARE
    v_ready        record;
    v_claims       tasker.claims;
    v_task_ids     bigint[];
    v_launched_ids bigint[];
BEGIN
    SELECT ready.step_ids, ready.waiting_keys, ready.resume_in
      INTO v_ready
      FROM tasker.ready_steps(
               p_handler_keys, p_free_slots, p_limited_keys, p_claim_limit, p_task_id, p_running, p_used_runtimes) AS ready;
    v_claims.waiting_keys := v_ready.waiting_keys;
    v_claims.resume_in := v_ready.resume_in;
    v_claims.step_changes := '{}';
    v_claims.task_changes := '{}';
    IF cardinality(v_ready.step_ids) = 0 THEN
        RETURN v_claims;
    END IF;

    -- Ids first: joined with the state of tasks, the planner would walk all unfinished ones.
    v_task_ids := ARRAY(
        SELECT DISTINCT step.task_id
          FROM tasker.workflow_steps AS step
         WHERE step.workflow_step_id = ANY (v_ready.step_ids)
    );
    v_launched_ids := ARRAY(
        SELECT task.task_id
          FROM tasker.tasks AS task
         WHERE task.task_id = ANY (v_task_ids)
           AND task.state = 'pending'
         ORDER BY task.task_id
           FOR NO KEY UPDATE SKIP LOCKED
    );
    v_claims.task_changes := ARRAY(
        SELECT ROW(nextval('tasker.transition_ids'), launched.task_id, 'pending', 'in_progress', true,
                   jsonb_build_object('worker', p_worker))::tasker.task_change
          FROM unnest(v_launched_ids) AS launched (task_id)
    );
    v_claims.step_changes := ARRAY(
        SELECT ROW(step.workflow_step_id, step.task_id, step.state, 'in_progress', false, step.unmet_dependencies, step.due_at,
                   step.attempts + 1, claim.claim_id, NULL, NULL, NULL, NULL,
                   jsonb_build_object('attempt', step.attempts + 1, 'claim_id', claim.claim_id, 'worker', p_worker),
                   split_part(step.handler_key, ':', 1), NULL)::tasker.step_change
          FROM tasker.workflow_steps AS step
         CROSS JOIN LATERAL (SELECT nextval('tasker.claim_ids') AS claim_id, step.workflow_step_id OFFSET 0) AS claim
         WHERE step.workflow_step_id = ANY (v_ready.step_ids)
           AND (step.task_id = ANY (v_launched_ids)
                OR (SELECT task.state FROM tasker.tasks AS task WHERE task.task_id = step.task_id) = 'in_progress')
    );

    IF cardinality(p_limited_keys) > 0 THEN
        -- Only what is claimed in the end counts against a rate.
        PERFORM tasker.count_rate_use(started.handler_key, started.attempts)
           FROM (
               SELECT step.handler_key, count(*)::integer AS attempts
                 FROM tasker.workflow_steps AS step
                WHERE step.workflow_step_id IN (
                          SELECT change.workflow_step_id FROM unnest(v_claims.step_changes) AS change)
                  AND step.handler_key = ANY (p_limited_keys)
                GROUP BY step.handler_key
           ) AS started;
    END IF;
    IF cardinality(v_claims.step_changes) < cardinality(v_ready.step_ids) THEN
        -- A step whose task ended or was paused while a wave made it claimable: take it out of the index for good.
        UPDATE tasker.workflow_steps AS step
           SET claimable = false, held = true, updated_at = tasker.now()
          FROM tasker.tasks AS task
         WHERE step.workflow_step_id = ANY (v_ready.step_ids)
           AND task.task_id = step.task_id
           AND NOT tasker.task_is_live(task.state);
    END IF;
    RETURN v_claims;
END
$$;
