-- All that is needed to run steps that were just claimed, but for what their template says of them (claimed_definitions).
--   Takes    the changes of the wave, of which claims are those to in_progress; and which tasks it has started.
--   Returns  payload: {"from_state", "name", "handler_key", "attempts", "claimed_at", "retryable", "retry_limit", "inputs",
--            "previous_results", "definition_id", "definition_version", "parents": {name: {"state", "results"}},
--            "task": {"context", "initiator", "source_system", "reason", "tags", "correlation_id", "requested_at",
--            "launched"}}.
--            definition_version tells a definition from an earlier one with the same id: the transactions that wrote it.
--   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.claimed_steps(p_changes tasker.step_change[], p_launches tasker.task_change[])
RETURNS TABLE (task_id bigint, workflow_step_id bigint, claim_id bigint, payload jsonb)
LANGUAGE sql STABLE
AS $$
    SELECT step.task_id,
           step.workflow_step_id,
           step.claim_id,
           jsonb_build_object(
               'from_state', claimed.from_state,
               'name', step.name,
               'handler_key', step.handler_key,
               'attempts', step.attempts,
               'claimed_at', step.last_attempted_at,
               'retryable', step.retryable,
               'retry_limit', step.retry_limit,
               'inputs', step.inputs,
               'previous_results', step.results,
               'definition_id', step.named_tasks_named_step_id,
               'definition_version', definition.version,
               'parents', coalesce(parents.results, '{}'),
               'task', jsonb_build_object(
                   'context', task.context,
                   'initiator', task.initiator,
                   'source_system', task.source_system,
                   'reason', task.reason,
                   'tags', task.tags,
                   'correlation_id', task.correlation_id,
                   'requested_at', task.requested_at,
                   'launched', EXISTS (SELECT 1 FROM unnest(p_launches) AS launch WHERE launch.task_id = task.task_id)))
      FROM unnest(p_changes) AS claimed
      JOIN tasker.workflow_steps AS step ON step.workflow_step_id = claimed.workflow_step_id
      JOIN tasker.tasks AS task ON task.task_id = step.task_id
     CROSS JOIN LATERAL (
         SELECT template_step.xmin::text || '.' || named_task.xmin::text AS version
           FROM tasker.named_tasks_named_steps AS template_step
           JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = template_step.named_task_id
          WHERE template_step.named_tasks_named_step_id = step.named_tasks_named_step_id
     ) AS definition
      LEFT JOIN LATERAL (
          SELECT jsonb_object_agg(parent.name, jsonb_build_object('state', parent.state, 'results', parent.results)) AS results
            FROM (
                SELECT known.name,
                       known.state,
                       known.results,
                       sum(coalesce(pg_column_size(known.results), 0)) OVER () AS all_bytes
                  FROM tasker.workflow_step_edges AS edge
                  JOIN tasker.workflow_steps AS known ON known.workflow_step_id = edge.from_step_id
                 WHERE edge.to_step_id = step.workflow_step_id
            ) AS parent
           -- Large results do not travel with the claim: the worker reads them when its handler asks for them. Bytes as
           -- stored, that is compressed: a document of PostgreSQL holds 256 MB, and compression gives some 200 to 1.
           WHERE parent.all_bytes <= 512 * 1024
      ) AS parents ON true
     WHERE claimed.to_state = 'in_progress'
       AND claimed.metadata IS NOT NULL
$$;
