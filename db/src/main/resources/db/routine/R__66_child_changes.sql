-- Decides what becomes of the children of steps that are about to be complete. One that waits for nothing more becomes
-- claimable; or, where the caller has a free slot for it, is claimed at once.
--   Takes    handler keys, each with the free slots of its runtime (as ready_steps), those that have limits, how many steps
--            may be claimed, and the one task to claim for; tasks in which a step has just failed may be about to end:
--            nothing is claimed for them.
--   Returns  one change for each child.
--   A child is claimed only if nothing else that waits for its handler would go before it, and if its handler has neither a
--   limit nor a delay key; ready_steps sees to the others.
--   Locks    workflow_steps (the children) in order of id.   Index    workflow_steps_claimable_idx, one probe per handler.
--   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.child_changes(
    p_complete_step_ids bigint[],
    p_worker          text,
    p_handler_keys    text[],
    p_free_slots      integer[],
    p_limited_keys    text[],
    p_claim_limit     integer,
    p_task_id         bigint,
    p_failed_task_ids bigint[]
) RETURNS tasker.step_change[]
LANGUAGE plpgsql
AS $$
DECLARE
    v_now      CONSTANT timestamptz := tasker.now();
    v_changes  tasker.step_change[] := '{}';
    v_change   tasker.step_change;
    v_child    record;
    v_waiting  record;
    v_key      integer;
    v_is_ready boolean;
    v_runtimes text[] := '{}';
    -- By handler key: what waits for it already and would be claimed first.
    v_probed   boolean[] := array_fill(false, ARRAY[cardinality(p_handler_keys)]);
    v_priority integer[] := array_fill(NULL::integer, ARRAY[cardinality(p_handler_keys)]);
    v_due_at   timestamptz[] := array_fill(NULL::timestamptz, ARRAY[cardinality(p_handler_keys)]);
BEGIN
    PERFORM step.workflow_step_id
       FROM tasker.workflow_steps AS step
      WHERE step.workflow_step_id IN (
                SELECT edge.to_step_id
                  FROM tasker.workflow_step_edges AS edge
                 WHERE edge.from_step_id = ANY (p_complete_step_ids))
      ORDER BY step.workflow_step_id
        FOR UPDATE;

    FOR v_child IN
        SELECT step.workflow_step_id, step.task_id, step.handler_key, step.state, step.held, step.unmet_dependencies,
               step.priority, step.due_at, step.attempts, step.claim_id, step.delay_key, step.queued_outside,
               satisfied.parents,
               (SELECT task.state FROM tasker.tasks AS task WHERE task.task_id = step.task_id) AS task_state
          FROM (
              SELECT edge.to_step_id, count(*)::integer AS parents
                FROM tasker.workflow_step_edges AS edge
               WHERE edge.from_step_id = ANY (p_complete_step_ids)
               GROUP BY edge.to_step_id
          ) AS satisfied
          JOIN tasker.workflow_steps AS step ON step.workflow_step_id = satisfied.to_step_id
         ORDER BY step.priority DESC, step.due_at, step.workflow_step_id
    LOOP
        v_is_ready := v_child.unmet_dependencies = v_child.parents AND v_child.state = 'pending' AND NOT v_child.held;
        v_change := ROW(v_child.workflow_step_id, v_child.task_id, v_child.state, v_child.state, v_is_ready,
                        v_child.unmet_dependencies - v_child.parents, v_child.due_at, v_child.attempts, v_child.claim_id,
                        NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        IF v_is_ready
           AND cardinality(v_runtimes) < p_claim_limit
           AND v_child.due_at <= v_now
           AND v_child.delay_key IS NULL
           AND v_child.task_state = 'in_progress'
           AND ((p_task_id IS NULL AND NOT v_child.queued_outside) OR v_child.task_id = p_task_id)
           AND v_child.task_id <> ALL (p_failed_task_ids)
           AND v_child.handler_key <> ALL (p_limited_keys)
        THEN
            v_key := array_position(p_handler_keys, v_child.handler_key);
            IF v_key IS NOT NULL AND p_task_id IS NULL AND NOT v_probed[v_key] THEN
                v_probed[v_key] := true;
                SELECT step.priority, step.due_at
                  INTO v_waiting
                  FROM tasker.workflow_steps AS step
                 WHERE step.claimable
                   AND NOT step.queued_outside
                   AND step.handler_key = v_child.handler_key
                   AND step.due_at <= v_now
                 ORDER BY step.priority DESC, step.due_at, step.workflow_step_id
                 LIMIT 1;
                v_priority[v_key] := v_waiting.priority;
                v_due_at[v_key] := v_waiting.due_at;
            END IF;
            v_change.runtime := split_part(v_child.handler_key, ':', 1);
            IF v_key IS NOT NULL
               AND cardinality(array_positions(v_runtimes, v_change.runtime)) < p_free_slots[v_key]
               AND (v_priority[v_key] IS NULL
                    OR v_child.priority > v_priority[v_key]
                    OR (v_child.priority = v_priority[v_key] AND v_child.due_at <= v_due_at[v_key]))
            THEN
                v_runtimes := v_runtimes || v_change.runtime;
                v_change.to_state := 'in_progress';
                v_change.claimable := false;
                v_change.attempts := v_child.attempts + 1;
                v_change.claim_id := nextval('tasker.claim_ids');
                v_change.metadata := jsonb_build_object(
                    'attempt', v_change.attempts, 'claim_id', v_change.claim_id, 'worker', p_worker);
            END IF;
        END IF;
        v_changes := v_changes || v_change;
    END LOOP;
    RETURN v_changes;
END
$$;
