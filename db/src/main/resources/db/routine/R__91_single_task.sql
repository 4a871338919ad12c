-- The single tier: one task, archived or not. No row for an unknown one.
--   Index    the primary keys; in the archive, of the one partition that may have it.
CREATE OR REPLACE FUNCTION tasker.single_task(p_task_id bigint)
RETURNS SETOF tasker.all_tasks
LANGUAGE sql STABLE ROWS 1
AS $$
    SELECT task.task_id, task.named_task_id, task.namespace, task.name, task.version, task.state, task.priority,
           task.initiator, task.source_system, task.reason, task.tags, task.correlation_id, task.parent_correlation_id,
           task.requested_at, task.created_at, task.started_at, task.ended_at, task.archived_at
      FROM tasker.all_tasks AS task
     WHERE task.task_id = p_task_id
$$;
