-- All that is needed to run steps that were just claimed, but for what their template says of them (claimed_definitions).
--   Takes    the steps, and which of them had failed before.
--   Returns  payload: as claim_payload, with "parents": {name: {"state", "results"}}; parents is null where there are none.
--            For the first of these steps of each task of which the worker may have run no step yet the caller adds
--            "task", the facts of task_facts, and "launched", whether the claim has started the task.
--   Caller   advance, create_tasks.
CREATE OR REPLACE FUNCTION tasker.claimed_steps(
    p_step_ids bigint[], p_retry_ids bigint[]
) RETURNS TABLE (task_id bigint, workflow_step_id bigint, claim_id bigint, payload jsonb)
LANGUAGE sql STABLE
AS $$
    SELECT step.task_id,
           step.workflow_step_id,
           step.claim_id,
           tasker.claim_payload(
               CASE WHEN step.workflow_step_id = ANY (p_retry_ids) THEN 'error' ELSE 'pending' END,
               step.attempts, step.last_attempted_at, step.retryable, step.retry_limit, step.inputs, step.results,
               step.named_tasks_named_step_id, told.parents)
      FROM tasker.workflow_steps AS step
     CROSS JOIN LATERAL (
         SELECT (
                   SELECT jsonb_object_agg(
                              parent.name, jsonb_build_object('state', parent.state, 'results', parent.results))
                     FROM (
                         SELECT known.name,
                                known.state,
                                known.results,
                                sum(coalesce(pg_column_size(known.results), 0)) OVER () AS all_bytes
                           FROM tasker.workflow_step_edges AS edge
                           JOIN tasker.workflow_steps AS known ON known.workflow_step_id = edge.from_step_id
                          WHERE edge.to_step_id = step.workflow_step_id
                     ) AS parent
                    -- Large results do not travel with the claim: the worker reads them when its handler asks for them.
                    -- Bytes as stored, that is compressed: a document of PostgreSQL holds 256 MB, and compression gives
                    -- some 200 to 1.
                    WHERE parent.all_bytes <= 512 * 1024) AS parents
         -- An expression that is used twice, with a question in it, would not be put in place.
         OFFSET 0
     ) AS told
     WHERE step.workflow_step_id = ANY (p_step_ids)
$$;
