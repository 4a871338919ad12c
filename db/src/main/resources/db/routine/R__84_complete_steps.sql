-- Records the successes among outcomes, each fenced by its claim id, and tells the children of these steps. A child that
-- waits for nothing more becomes claimable; or, where the caller has a slot for it, is claimed at once.
--   Takes    p_claims: whether the caller has slots for all children that there can be; p_handler_keys, those that it serves;
--            p_limited_keys, those that have limits; p_waiting_keys, those for which other steps wait, each with the
--            priority and the due time of the first one; p_task_id, the one task to claim for; p_failed_task_ids, tasks in
--            which a step has just failed, and which may be about to end: nothing is claimed for them.
--   Returns  the steps that are complete, element by element with their tasks and claims; the children that were claimed,
--            element by element with the runtimes of their handlers; whether a child was left to be claimed; and the tasks
--            that have got neither, and so may have ended.
--            A success is refused, and its step is not among them, where its claim is no longer the step's current one, or
--            the step is no longer in progress.
--   A child is claimed only if nothing else that waits for its handler would go before it, and if its handler has neither a
--   limit nor a delay key; ready_steps sees to the others.
--   Locks    nothing more: the caller holds the steps and their children.   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.complete_steps(
    p_step_ids           bigint[],
    p_claim_ids          bigint[],
    p_kinds              text[],
    p_results            jsonb[],
    p_worker             text,
    p_lease              interval,
    p_claims             boolean,
    p_handler_keys       text[],
    p_limited_keys       text[],
    p_waiting_keys       text[],
    p_waiting_priorities integer[],
    p_waiting_since      timestamptz[],
    p_task_id            bigint,
    p_failed_task_ids    bigint[],
    OUT step_ids      bigint[],
    OUT task_ids      bigint[],
    OUT claim_ids     bigint[],
    OUT child_ids     bigint[],
    OUT runtimes      text[],
    OUT left_children boolean,
    OUT settle_ids    bigint[]
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now CONSTANT timestamptz := tasker.now();
BEGIN
    WITH done AS (
        UPDATE tasker.workflow_steps AS step
           SET state                   = 'complete',
               results                 = outcome.results,
               error                   = NULL,
               permanent_failure       = false,
               backoff_request_seconds = NULL,
               ended_at                = v_now,
               lease_owner             = NULL,
               lease_expires_at        = NULL,
               updated_at              = v_now
          FROM unnest(p_step_ids, p_claim_ids, p_kinds, p_results) AS outcome (workflow_step_id, claim_id, kind, results)
         WHERE step.workflow_step_id = outcome.workflow_step_id
           AND step.claim_id = outcome.claim_id
           AND outcome.kind = 'success'
           -- In progress. By the state, the planner would walk all running steps.
           AND step.lease_owner IS NOT NULL
        RETURNING step.workflow_step_id, step.task_id, step.claim_id, step.attempts
    ),
    child AS (
        SELECT step.workflow_step_id,
               satisfied.parents,
               step.unmet_dependencies = satisfied.parents AND step.state = 'pending' AND NOT step.held AS is_ready,
               CASE WHEN p_claims
                     AND step.unmet_dependencies = satisfied.parents
                     AND step.state = 'pending'
                     AND NOT step.held
                     AND step.due_at <= v_now
                     AND step.delay_key IS NULL
                     AND CASE WHEN p_task_id IS NULL THEN NOT step.queued_outside ELSE step.task_id = p_task_id END
                     AND step.task_id <> ALL (p_failed_task_ids)
                     AND step.handler_key <> ALL (p_limited_keys)
                     AND step.handler_key = ANY (p_handler_keys)
                     AND (step.handler_key <> ALL (p_waiting_keys)
                          OR (-step.priority, step.due_at) <= (
                                 -p_waiting_priorities[array_position(p_waiting_keys, step.handler_key)],
                                 p_waiting_since[array_position(p_waiting_keys, step.handler_key)]))
                     AND (SELECT task.state FROM tasker.tasks AS task WHERE task.task_id = step.task_id) = 'in_progress'
                    THEN nextval('tasker.claim_ids')
               END AS claim_id
          FROM (
              SELECT edge.to_step_id, count(*)::integer AS parents
                FROM done
                JOIN tasker.workflow_step_edges AS edge ON edge.from_step_id = done.workflow_step_id
               GROUP BY edge.to_step_id
          ) AS satisfied
          JOIN tasker.workflow_steps AS step ON step.workflow_step_id = satisfied.to_step_id
        -- Each claim id is drawn once.
        OFFSET 0
    ),
    released AS (
        UPDATE tasker.workflow_steps AS step
           SET unmet_dependencies = step.unmet_dependencies - child.parents,
               claimable          = child.is_ready AND child.claim_id IS NULL,
               state              = CASE WHEN child.claim_id IS NULL THEN step.state ELSE 'in_progress' END,
               attempts           = step.attempts + (child.claim_id IS NOT NULL)::integer,
               claim_id           = coalesce(child.claim_id, step.claim_id),
               last_attempted_at  = CASE WHEN child.claim_id IS NULL THEN step.last_attempted_at ELSE v_now END,
               lease_owner        = CASE WHEN child.claim_id IS NULL THEN step.lease_owner ELSE p_worker END,
               lease_expires_at   = CASE WHEN child.claim_id IS NULL THEN step.lease_expires_at ELSE v_now + p_lease END,
               updated_at         = v_now
          FROM child
         WHERE step.workflow_step_id = child.workflow_step_id
        RETURNING step.workflow_step_id, step.task_id, step.claim_id, step.attempts, step.claimable,
                  child.claim_id IS NOT NULL AS is_claimed, split_part(step.handler_key, ':', 1) AS runtime
    ),
    -- Ids are drawn in the order of the rows: each parent is complete before its child starts.
    recorded AS (
        INSERT INTO tasker.workflow_step_transitions
               (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
        SELECT done.task_id, done.workflow_step_id, 'in_progress', 'complete',
               jsonb_build_object('attempt', done.attempts, 'claim_id', done.claim_id, 'worker', p_worker), v_now
          FROM done
        UNION ALL
        SELECT released.task_id, released.workflow_step_id, 'pending', 'in_progress',
               jsonb_build_object('attempt', released.attempts, 'claim_id', released.claim_id, 'worker', p_worker), v_now
          FROM released
         WHERE released.is_claimed
    )
    SELECT coalesce(array_agg(moved.workflow_step_id) FILTER (WHERE moved.is_complete), '{}'),
           coalesce(array_agg(moved.task_id) FILTER (WHERE moved.is_complete), '{}'),
           coalesce(array_agg(moved.claim_id) FILTER (WHERE moved.is_complete), '{}'),
           coalesce(array_agg(moved.workflow_step_id) FILTER (WHERE moved.is_claimed), '{}'),
           coalesce(array_agg(moved.runtime) FILTER (WHERE moved.is_claimed), '{}'),
           coalesce(bool_or(moved.claimable), false),
           ARRAY(SELECT done.task_id
                   FROM done
                 EXCEPT
                 SELECT released.task_id
                   FROM released
                  WHERE released.is_claimed OR released.claimable)
      INTO step_ids, task_ids, claim_ids, child_ids, runtimes, left_children, settle_ids
      FROM (
          SELECT done.workflow_step_id, done.task_id, done.claim_id, true AS is_complete, false AS is_claimed,
                 false AS claimable, NULL AS runtime
            FROM done
          UNION ALL
          SELECT released.workflow_step_id, released.task_id, released.claim_id, false, released.is_claimed,
                 released.claimable, released.runtime
            FROM released
      ) AS moved;
END
$$;
