-- The active tier: tasks that have not ended, whatever the history beside them.
--   Index    tasks_unfinished_idx.
CREATE OR REPLACE VIEW tasker.active_tasks AS
SELECT task.task_id,
       task.named_task_id,
       namespace.name AS namespace,
       named_task.name,
       named_task.version,
       task.state,
       task.priority,
       task.initiator,
       task.source_system,
       task.reason,
       task.tags,
       task.correlation_id,
       task.parent_correlation_id,
       task.requested_at,
       task.created_at,
       task.started_at,
       task.ended_at,
       NULL::timestamptz AS archived_at
  FROM tasker.tasks AS task
  JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
  JOIN tasker.task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
 WHERE task.state IN ('draft', 'pending', 'in_progress', 'paused');
