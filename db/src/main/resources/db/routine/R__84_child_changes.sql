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
    v_now CONSTANT timestamptz := tasker.now();
BEGIN
    PERFORM step.workflow_step_id
       FROM tasker.workflow_steps AS step
      WHERE step.workflow_step_id IN (
                SELECT edge.to_step_id
                  FROM tasker.workflow_step_edges AS edge
                 WHERE edge.from_step_id = ANY (p_complete_step_ids))
      ORDER BY step.workflow_step_id
        FOR UPDATE;

    RETURN ARRAY(
        WITH child AS MATERIALIZED (
            SELECT step.workflow_step_id, step.task_id, step.handler_key, step.state, step.unmet_dependencies, step.priority,
                   step.due_at, step.attempts, step.claim_id, satisfied.parents,
                   step.unmet_dependencies = satisfied.parents AND step.state = 'pending' AND NOT step.held AS is_ready,
                   CASE WHEN p_claim_limit > 0
                         AND step.unmet_dependencies = satisfied.parents
                         AND step.state = 'pending'
                         AND NOT step.held
                         AND step.due_at <= v_now
                         AND step.delay_key IS NULL
                         AND CASE WHEN p_task_id IS NULL THEN NOT step.queued_outside ELSE step.task_id = p_task_id END
                         AND step.task_id <> ALL (p_failed_task_ids)
                         AND step.handler_key <> ALL (p_limited_keys)
                         AND (SELECT task.state FROM tasker.tasks AS task WHERE task.task_id = step.task_id) = 'in_progress'
                        THEN array_position(p_handler_keys, step.handler_key)
                   END AS key
              FROM (
                  SELECT edge.to_step_id, count(*)::integer AS parents
                    FROM tasker.workflow_step_edges AS edge
                   WHERE edge.from_step_id = ANY (p_complete_step_ids)
                   GROUP BY edge.to_step_id
              ) AS satisfied
              JOIN tasker.workflow_steps AS step ON step.workflow_step_id = satisfied.to_step_id
        ),
        -- What waits for each of these handlers already and would be claimed first.
        waiting AS MATERIALIZED (
            SELECT wanted.key, first.priority, first.due_at
              FROM (SELECT DISTINCT child.key FROM child WHERE child.key IS NOT NULL AND p_task_id IS NULL) AS wanted
             CROSS JOIN LATERAL (
                 SELECT step.priority, step.due_at
                   FROM tasker.workflow_steps AS step
                  WHERE step.claimable
                    AND NOT step.queued_outside
                    AND step.handler_key = p_handler_keys[wanted.key]
                    AND step.due_at <= v_now
                  ORDER BY step.priority DESC, step.due_at, step.workflow_step_id
                  LIMIT 1
             ) AS first
        ),
        place AS (
            SELECT child.*,
                   split_part(child.handler_key, ':', 1) AS runtime,
                   row_number() OVER (PARTITION BY child.key IS NOT NULL, split_part(child.handler_key, ':', 1)
                                      ORDER BY child.priority DESC, child.due_at, child.workflow_step_id) AS in_runtime,
                   row_number() OVER (PARTITION BY child.key IS NOT NULL
                                      ORDER BY child.priority DESC, child.due_at, child.workflow_step_id) AS in_all,
                   waiting.priority AS first_priority,
                   waiting.due_at AS first_due_at
              FROM child
              LEFT JOIN waiting ON waiting.key = child.key
        ),
        claim AS (
            SELECT place.*,
                   CASE WHEN place.key IS NOT NULL
                         AND place.in_runtime <= p_free_slots[place.key]
                         AND place.in_all <= p_claim_limit
                         AND (place.first_priority IS NULL
                              OR place.priority > place.first_priority
                              OR (place.priority = place.first_priority AND place.due_at <= place.first_due_at))
                        THEN nextval('tasker.claim_ids')
                   END AS new_claim_id
              FROM place
             OFFSET 0
        )
        SELECT ROW(
                   claim.workflow_step_id,
                   claim.task_id,
                   claim.state,
                   CASE WHEN claim.new_claim_id IS NULL THEN claim.state ELSE 'in_progress' END,
                   claim.is_ready AND claim.new_claim_id IS NULL,
                   claim.unmet_dependencies - claim.parents,
                   claim.due_at,
                   claim.attempts + (claim.new_claim_id IS NOT NULL)::integer,
                   coalesce(claim.new_claim_id, claim.claim_id),
                   NULL,
                   NULL,
                   NULL,
                   NULL,
                   CASE WHEN claim.new_claim_id IS NOT NULL
                        THEN jsonb_build_object('attempt', claim.attempts + 1, 'claim_id', claim.new_claim_id, 'worker', p_worker)
                   END,
                   claim.runtime,
                   NULL)::tasker.step_change
          FROM claim
    );
END
$$;
