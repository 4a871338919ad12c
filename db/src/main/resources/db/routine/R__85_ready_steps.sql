-- Chooses ready steps for one worker.
--   Takes    handler keys in the order in which the worker wants them served, each with the free slots of its runtime
--            (the part before the colon), which the keys of that runtime share; which of them have limits; how many steps;
--            p_task_id limits the choice to one task; p_running tells how many attempts of each key the worker is running;
--            p_used_runtimes has one element for each step that the same wave claims already: they use slots;
--            p_waiting_keys, handlers without a limit of which the first step that waits is known, element by element with
--            its priority and its due time: nothing is looked for before it.
--   Returns  the steps; and the handlers that a limit in time (handler_limits, delay_keys) holds back, each with the time
--            until it lets more through.
--   Locks    workflow_steps, never waiting (SKIP LOCKED).
--   Index    workflow_steps_claimable_idx, one probe per handler key.   Caller   advance.
-- It was not told the first steps that wait once.
DROP FUNCTION IF EXISTS tasker.ready_steps(text[], integer[], text[], integer, bigint, integer[], text[]);
CREATE OR REPLACE FUNCTION tasker.ready_steps(
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
    OUT waiting_keys text[],
    OUT resume_in    interval[]
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now          CONSTANT timestamptz := tasker.now();
    v_runtimes     text[] := p_used_runtimes;
    v_runtime      text;
    v_is_limited   boolean;
    v_resumes_in   interval;
    v_deferred_for interval;
    v_ready_ids    bigint[];
    v_left         integer;
    v_place        integer;
BEGIN
    step_ids := '{}';
    waiting_keys := '{}';
    resume_in := '{}';
    FOR v_index IN 1 .. cardinality(p_handler_keys) LOOP
        v_runtime := split_part(p_handler_keys[v_index], ':', 1);
        v_left := least(p_claim_limit - cardinality(v_runtimes),
                        p_free_slots[v_index] - cardinality(array_positions(v_runtimes, v_runtime)));
        CONTINUE WHEN v_left <= 0;
        v_is_limited := p_handler_keys[v_index] = ANY (p_limited_keys);
        v_resumes_in := NULL;
        v_deferred_for := NULL;
        IF v_is_limited THEN
            SELECT opened.allowance, opened.resumes_in
              INTO v_left, v_resumes_in
              FROM tasker.open_handler_limit(p_handler_keys[v_index], v_left, coalesce(p_running[v_index], 0)) AS opened;
            CONTINUE WHEN v_left <= 0 AND v_resumes_in IS NULL;
        END IF;

        v_place := array_position(p_waiting_keys, p_handler_keys[v_index]);
        v_ready_ids := '{}';
        IF v_place IS NOT NULL THEN
            v_ready_ids := ARRAY(
                SELECT step.workflow_step_id
                  FROM tasker.workflow_steps AS step
                 WHERE step.claimable
                   AND NOT step.queued_outside
                   AND step.handler_key = p_handler_keys[v_index]
                   AND step.priority = p_waiting_priorities[v_place]
                   AND step.due_at >= p_waiting_since[v_place]
                   AND step.due_at <= v_now
                   AND (step.delay_key IS NULL OR NOT tasker.delay_key_is_held(step.delay_key))
                 ORDER BY step.due_at, step.workflow_step_id
                 LIMIT v_left
                   FOR UPDATE SKIP LOCKED
            );
        END IF;
        -- Beyond a limit one step more is asked for: it tells whether anything waits.
        IF p_task_id IS NULL THEN
            IF v_is_limited THEN
                v_deferred_for := tasker.defer_delayed_steps(p_handler_keys[v_index]);
            END IF;
            IF cardinality(v_ready_ids) < v_left + v_is_limited::integer THEN
                v_ready_ids := v_ready_ids || ARRAY(
                    SELECT step.workflow_step_id
                      FROM tasker.workflow_steps AS step
                     WHERE step.claimable
                       AND NOT step.queued_outside
                       AND step.handler_key = p_handler_keys[v_index]
                       -- Of a lower one than those; or of any.
                       AND step.priority <= coalesce(p_waiting_priorities[v_place]::bigint - 1, 2147483647)
                       AND step.due_at <= v_now
                       AND (step.delay_key IS NULL OR NOT tasker.delay_key_is_held(step.delay_key))
                     ORDER BY step.priority DESC, step.due_at, step.workflow_step_id
                     LIMIT v_left + v_is_limited::integer - cardinality(v_ready_ids)
                       FOR UPDATE SKIP LOCKED
                );
            END IF;
        ELSE
            v_ready_ids := ARRAY(
                SELECT step.workflow_step_id
                  FROM tasker.workflow_steps AS step
                 WHERE step.task_id = p_task_id
                   AND step.claimable
                   AND step.handler_key = p_handler_keys[v_index]
                   AND step.due_at <= v_now
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
                waiting_keys := waiting_keys || p_handler_keys[v_index];
                resume_in := resume_in || v_resumes_in;
            END IF;
        END IF;
        step_ids := step_ids || v_ready_ids;
        v_runtimes := v_runtimes || array_fill(v_runtime, ARRAY[cardinality(v_ready_ids)]);
    END LOOP;
END
$$;
