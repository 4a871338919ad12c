-- Tells the children of steps that were just satisfied. A child that waits for nothing more becomes claimable; or, where
-- the caller has a free slot for it, is claimed in the same change of its row.
--   Takes    for the claim: the worker, its handler keys, each with the free slots of its runtime (as claim_steps), how
--            many steps it may claim, the lease, and the one task to claim for. Without them nothing is claimed. Tasks in
--            which a step has just failed may be about to end: nothing is claimed for them.
--   Returns  the ids of the tasks in which a child became claimable or was claimed, and the ids of the claimed steps
--            with their runtimes.
--   A child is claimed here only if nothing else that waits for its handler would go before it, and if its handler has
--   neither a limit nor a delay key; claim_steps sees to the others.
--   Locks    workflow_steps (the children) in order of id.   Index    workflow_steps_claimable_idx, one probe per handler.
--   Caller   advance; operate_on_step, which claims nothing.
CREATE OR REPLACE FUNCTION tasker.release_children(
    p_satisfied_step_ids bigint[],
    p_worker       text DEFAULT NULL,
    p_handler_keys text[] DEFAULT '{}',
    p_free_slots   integer[] DEFAULT '{}',
    p_claim_limit  integer DEFAULT 0,
    p_lease        interval DEFAULT NULL,
    p_task_id      bigint DEFAULT NULL,
    p_failed_task_ids bigint[] DEFAULT '{}',
    OUT live_task_ids    bigint[],
    OUT claimed_step_ids bigint[],
    OUT claimed_runtimes text[]
)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now CONSTANT timestamptz := tasker.now();
BEGIN
    WITH satisfied AS (
        SELECT edge.to_step_id, count(*)::integer AS parents
          FROM tasker.workflow_step_edges AS edge
         WHERE edge.from_step_id = ANY (p_satisfied_step_ids)
         GROUP BY edge.to_step_id
    ),
    child AS MATERIALIZED (
        SELECT step.workflow_step_id,
               step.task_id,
               step.handler_key,
               split_part(step.handler_key, ':', 1) AS runtime,
               step.priority,
               step.due_at,
               satisfied.parents,
               step.unmet_dependencies = satisfied.parents AND step.state = 'pending' AND NOT step.held AS is_ready,
               step.delay_key IS NULL
                   AND step.task_id <> ALL (p_failed_task_ids)
                   AND CASE WHEN p_task_id IS NULL THEN NOT step.queued_outside ELSE step.task_id = p_task_id END AS is_free
          FROM satisfied
          JOIN tasker.workflow_steps AS step ON step.workflow_step_id = satisfied.to_step_id
         ORDER BY step.workflow_step_id
           FOR UPDATE OF step
    ),
    -- The handlers that have a slot and no limit, each with what waits for it already and would be claimed first.
    handler AS MATERIALIZED (
        SELECT key.handler_key, key.free_slots, waiting.priority, waiting.due_at
          FROM unnest(p_handler_keys, p_free_slots) AS key (handler_key, free_slots)
          LEFT JOIN LATERAL (
              SELECT step.priority, step.due_at
                FROM tasker.workflow_steps AS step
               WHERE p_task_id IS NULL
                 AND step.claimable
                 AND NOT step.queued_outside
                 AND step.handler_key = key.handler_key
                 AND step.due_at <= v_now
               ORDER BY step.priority DESC, step.due_at, step.workflow_step_id
               LIMIT 1
          ) AS waiting ON true
         WHERE p_claim_limit > 0
           AND key.free_slots > 0
           AND key.handler_key IN (SELECT child.handler_key FROM child WHERE child.is_ready AND child.is_free)
           AND NOT EXISTS (SELECT 1 FROM tasker.handler_limits AS limits WHERE limits.handler_key = key.handler_key)
    ),
    claimed AS (
        SELECT place.workflow_step_id
          FROM (
              SELECT child.workflow_step_id,
                     handler.free_slots,
                     row_number() OVER (PARTITION BY child.runtime
                                        ORDER BY child.priority DESC, child.due_at, child.workflow_step_id) AS in_runtime,
                     row_number() OVER (ORDER BY child.priority DESC, child.due_at, child.workflow_step_id) AS in_all
                FROM child
                JOIN handler ON handler.handler_key = child.handler_key
               WHERE child.is_ready
                 AND child.is_free
                 AND child.due_at <= v_now
                 AND (handler.priority IS NULL
                      OR child.priority > handler.priority
                      OR (child.priority = handler.priority AND child.due_at <= handler.due_at))
                 AND (SELECT task.state FROM tasker.tasks AS task WHERE task.task_id = child.task_id) = 'in_progress'
          ) AS place
         WHERE place.in_runtime <= place.free_slots
           AND place.in_all <= p_claim_limit
    ),
    decided AS MATERIALIZED (
        SELECT child.workflow_step_id,
               child.runtime,
               child.parents,
               child.is_ready,
               child.workflow_step_id IN (SELECT claimed.workflow_step_id FROM claimed) AS is_claimed
          FROM child
    ),
    updated AS (
        UPDATE tasker.workflow_steps AS step
           SET unmet_dependencies = step.unmet_dependencies - decided.parents,
               claimable          = decided.is_ready AND NOT decided.is_claimed,
               state              = CASE WHEN decided.is_claimed THEN 'in_progress' ELSE step.state END,
               attempts           = step.attempts + decided.is_claimed::integer,
               claim_id           = CASE WHEN decided.is_claimed THEN nextval('tasker.claim_ids') ELSE step.claim_id END,
               lease_owner        = CASE WHEN decided.is_claimed THEN p_worker ELSE step.lease_owner END,
               lease_expires_at   = CASE WHEN decided.is_claimed THEN v_now + p_lease ELSE step.lease_expires_at END,
               last_attempted_at  = CASE WHEN decided.is_claimed THEN v_now ELSE step.last_attempted_at END,
               updated_at         = v_now
          FROM decided
         WHERE step.workflow_step_id = decided.workflow_step_id
        RETURNING step.workflow_step_id, step.task_id, step.attempts, step.claim_id,
                  decided.runtime, decided.is_ready, decided.is_claimed
    ),
    audited AS (
        INSERT INTO tasker.workflow_step_transitions
               (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
        SELECT updated.task_id, updated.workflow_step_id, 'pending', 'in_progress',
               jsonb_build_object('attempt', updated.attempts, 'claim_id', updated.claim_id, 'worker', p_worker), v_now
          FROM updated
         WHERE updated.is_claimed
    )
    SELECT coalesce(array_agg(DISTINCT updated.task_id) FILTER (WHERE updated.is_ready), '{}'),
           coalesce(array_agg(updated.workflow_step_id) FILTER (WHERE updated.is_claimed), '{}'),
           coalesce(array_agg(updated.runtime) FILTER (WHERE updated.is_claimed), '{}')
      INTO live_task_ids, claimed_step_ids, claimed_runtimes
      FROM updated;
END
$$;
