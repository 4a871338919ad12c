-- What follows from the completion of steps: tells their children, of which one that waits for nothing more becomes
-- claimable, or, where the caller has a slot for it, is claimed at once; writes the transitions of them all; and completes
-- the tasks that have no other step left.
--   Takes    element by element the steps that were just completed, their tasks, claims, attempts, names and results;
--            p_slots: how many children the caller has slots for; p_open_keys, handler keys that it serves, that have no
--            limit, and for which no other step waits; p_waiting_keys, those without limit for which other steps wait, each
--            with the priority and the due time of the first one; p_task_id, the one task to claim for; p_failed_task_ids,
--            tasks in which a step has just failed, and which may be about to end: nothing is claimed for them.
--   A child is claimed only if nothing else that waits for its handler would go before it, and if its handler has neither a
--   limit nor a delay key; ready_steps sees to the others.
--   Small statements, with arrays between them: each one costs by the number of its parts before its first row (decision 21).
--   Nothing is locked beforehand: whether a row is as it should be is asked where it is updated, and PostgreSQL asks again if
--   somebody else has changed it meanwhile.
--   Locks    the children in order of id; then the tasks.   Caller   complete_step, complete_steps.
CREATE OR REPLACE FUNCTION tasker.continue_steps(
    p_step_ids           bigint[],
    p_task_ids           bigint[],
    p_claim_ids          bigint[],
    p_attempts           integer[],
    p_names              text[],
    p_results            jsonb[],
    p_worker             text,
    p_lease              interval,
    p_slots              integer,
    p_open_keys          text[],
    p_waiting_keys       text[],
    p_waiting_priorities integer[],
    p_waiting_since      timestamptz[],
    p_task_id            bigint,
    p_failed_task_ids    bigint[]
) RETURNS tasker.completed_steps
LANGUAGE plpgsql
AS $$
DECLARE
    v_now            CONSTANT timestamptz := tasker.now();
    v_children       bigint[];
    v_parents        integer[];
    v_told           jsonb[];
    v_halted         bigint[];
    v_child_attempts integer[];
    v_tells_all      boolean;
    v_going_on       bigint[] := '{}';
    v_waiting        bigint[] := '{}';
    v_stopped        bigint[];
    v_ended          record;
    v                tasker.completed_steps;
BEGIN
    v.step_ids := p_step_ids;
    v.task_ids := p_task_ids;
    v.claim_ids := p_claim_ids;
    v.child_task_ids := '{}';
    v.child_ids := '{}';
    v.runtimes := '{}';
    v.left_children := false;
    v.ended_ids := '{}';
    v.settle_ids := '{}';

    SELECT array_agg(child.to_step_id), array_agg(child.parents), array_agg(child.told)
      INTO v_children, v_parents, v_told
      FROM (
          SELECT edge.to_step_id, count(*)::integer AS parents,
                 -- Null where the results are large together (claimed_steps): a document has its bounds.
                 CASE WHEN sum(coalesce(pg_column_size(done.results), 0)) <= 512 * 1024
                      THEN jsonb_object_agg(done.name, jsonb_build_object(
                               'state', 'complete',
                               'results', CASE WHEN pg_column_size(done.results) <= 512 * 1024 THEN done.results END))
                 END AS told
            FROM unnest(p_step_ids, p_names, p_results) AS done (workflow_step_id, name, results)
            JOIN tasker.workflow_step_edges AS edge ON edge.from_step_id = done.workflow_step_id
           GROUP BY edge.to_step_id
           ORDER BY edge.to_step_id
      ) AS child;

    IF cardinality(v_children) > 0 THEN
        v_halted := p_failed_task_ids || ARRAY(
            SELECT task.task_id
              FROM tasker.tasks AS task
             WHERE task.task_id = ANY (p_task_ids)
               AND task.state <> 'in_progress');
        IF cardinality(v_children) <= p_slots THEN
            WITH claimed AS (
                UPDATE tasker.workflow_steps AS step
                   SET state              = 'in_progress',
                       unmet_dependencies = 0,
                       attempts           = step.attempts + 1,
                       claim_id           = nextval('tasker.claim_ids'),
                       last_attempted_at  = v_now,
                       lease_owner        = p_worker,
                       lease_expires_at   = v_now + p_lease,
                       updated_at         = v_now
                  FROM unnest(v_children, v_parents, v_told) AS child (workflow_step_id, parents, told)
                 WHERE step.workflow_step_id = child.workflow_step_id
                   AND step.unmet_dependencies = child.parents
                   AND step.state = 'pending'
                   AND NOT step.held
                   AND step.due_at <= v_now
                   AND step.delay_key IS NULL
                   AND CASE WHEN p_task_id IS NULL THEN NOT step.queued_outside ELSE step.task_id = p_task_id END
                   AND step.task_id <> ALL (v_halted)
                   AND (step.handler_key = ANY (p_open_keys)
                        OR (-step.priority, step.due_at) <= (
                               -p_waiting_priorities[array_position(p_waiting_keys, step.handler_key)],
                               p_waiting_since[array_position(p_waiting_keys, step.handler_key)]))
                RETURNING step.task_id, step.workflow_step_id, step.claim_id, step.attempts, step.handler_key, step.retryable,
                          step.retry_limit, step.inputs, step.results, step.named_tasks_named_step_id,
                          child.parents, child.told
            )
            SELECT coalesce(array_agg(claimed.task_id), '{}'),
                   coalesce(array_agg(claimed.workflow_step_id), '{}'),
                   array_agg(claimed.claim_id),
                   array_agg(claimed.attempts),
                   coalesce(array_agg(split_part(claimed.handler_key, ':', 1)), '{}'),
                   array_agg(tasker.claim_payload(
                       'pending', claimed.attempts, v_now, claimed.retryable, claimed.retry_limit, claimed.inputs,
                       claimed.results, claimed.named_tasks_named_step_id, claimed.told)),
                   bool_and(claimed.told IS NOT NULL
                            AND claimed.parents = (
                                SELECT count(*)
                                  FROM tasker.workflow_step_edges AS edge
                                 WHERE edge.to_step_id = claimed.workflow_step_id))
              INTO v.child_task_ids, v.child_ids, v.child_claim_ids, v_child_attempts, v.runtimes, v.child_payloads,
                   v_tells_all
              FROM claimed;
            v_going_on := v.child_task_ids;
            IF NOT v_tells_all THEN
                -- Other parents were complete before, or all results together are large.
                v.child_payloads := ARRAY(
                    SELECT told.payload
                      FROM unnest(v.child_ids) WITH ORDINALITY AS child (workflow_step_id, place)
                      JOIN tasker.claimed_steps(v.child_ids, '{}') AS told USING (workflow_step_id)
                     ORDER BY child.place);
            END IF;
        END IF;

        IF cardinality(v.child_ids) < cardinality(v_children) THEN
            WITH released AS (
                UPDATE tasker.workflow_steps AS step
                   SET unmet_dependencies = step.unmet_dependencies - child.parents,
                       claimable          = step.unmet_dependencies = child.parents AND step.state = 'pending'
                                            AND NOT step.held,
                       updated_at         = v_now
                  FROM unnest(v_children, v_parents) AS child (workflow_step_id, parents)
                 WHERE step.workflow_step_id = child.workflow_step_id
                   AND child.workflow_step_id <> ALL (v.child_ids)
                RETURNING step.task_id, step.claimable, step.priority, step.due_at,
                          tasker.dependency_is_satisfied(step.state) AS is_satisfied
            )
            SELECT v_going_on || coalesce(array_agg(released.task_id) FILTER (WHERE released.claimable), '{}'),
                   coalesce(bool_or(released.claimable), false),
                   coalesce(array_agg(released.task_id) FILTER (WHERE NOT released.claimable AND NOT released.is_satisfied), '{}'),
                   max(released.priority) FILTER (WHERE released.claimable),
                   min(released.due_at) FILTER (WHERE released.claimable)
              INTO v_going_on, v.left_children, v_waiting, v.left_priority, v.left_since
              FROM released;
        END IF;
    END IF;

    -- Ids are drawn in the order of the rows: each parent is complete before its child starts.
    INSERT INTO tasker.workflow_step_transitions (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
    SELECT moved.task_id, moved.workflow_step_id,
           CASE WHEN moved.place > cardinality(p_step_ids) THEN 'pending' ELSE 'in_progress' END,
           CASE WHEN moved.place > cardinality(p_step_ids) THEN 'in_progress' ELSE 'complete' END,
           jsonb_build_object('attempt', moved.attempt, 'claim_id', moved.claim_id, 'worker', p_worker), v_now
      FROM unnest(p_task_ids || v.child_task_ids, p_step_ids || v.child_ids, p_claim_ids || v.child_claim_ids,
                  p_attempts || v_child_attempts)
           WITH ORDINALITY AS moved (task_id, workflow_step_id, claim_id, attempt, place);

    -- A task in which a child goes on to wait has not ended.
    v_stopped := ARRAY(SELECT unnest(p_task_ids) EXCEPT SELECT unnest(v_going_on || v_waiting));
    IF cardinality(v_waiting) > 0 THEN
        v.settle_ids := ARRAY(SELECT unnest(v_waiting) EXCEPT SELECT unnest(v_going_on));
    END IF;
    IF cardinality(v_stopped) > 0 THEN
        v_ended := tasker.end_tasks(v_stopped);
        v.ended_ids := v_ended.task_ids;
        v.ended_summaries := v_ended.summaries;
        v.settle_ids := v.settle_ids || v_ended.settle_ids;
    END IF;
    RETURN v;
END
$$;
