-- What is needed of tasks to run their steps, but for what their template says of it (claimed_definitions).
--   Returns  facts: {"context", "initiator", "source_system", "reason", "tags", "correlation_id", "requested_at",
--            "definitions_version"}; the last one tells what a template says from what it said earlier under the same ids:
--            the transaction that wrote it.
--   Caller   claimed_steps; engines, for what they have forgotten.
CREATE OR REPLACE FUNCTION tasker.task_facts(p_task_ids bigint[])
RETURNS TABLE (task_id bigint, facts jsonb)
LANGUAGE sql STABLE
AS $$
    SELECT task.task_id,
           jsonb_build_object(
               'context', task.context,
               'initiator', task.initiator,
               'source_system', task.source_system,
               'reason', task.reason,
               'tags', task.tags,
               'correlation_id', task.correlation_id,
               'requested_at', task.requested_at,
               'definitions_version', named_task.xmin::text)
      FROM tasker.tasks AS task
      JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
     WHERE task.task_id = ANY (p_task_ids)
$$;
