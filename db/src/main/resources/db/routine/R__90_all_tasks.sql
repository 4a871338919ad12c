-- The complete tier: every task, archived or not; archived_at tells.
--   The two tables are one append relation for the planner: conditions and an order by task_id reach the indexes of both.
--   Index    those of tasks and archived_tasks.
CREATE OR REPLACE VIEW tasker.all_tasks AS
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
       task.archived_at
  FROM (
      SELECT live.task_id, live.named_task_id, live.state, live.priority, live.initiator, live.source_system, live.reason,
             live.tags, live.correlation_id, live.parent_correlation_id, live.requested_at, live.created_at,
             live.started_at, live.ended_at, NULL::timestamptz AS archived_at
        FROM tasker.tasks AS live
      UNION ALL
      SELECT archived.task_id, archived.named_task_id, archived.state, archived.priority, archived.initiator,
             archived.source_system, archived.reason, archived.tags, archived.correlation_id,
             archived.parent_correlation_id, archived.requested_at, archived.created_at, archived.started_at,
             archived.ended_at, archived.archived_at
        FROM tasker.archived_tasks AS archived
  ) AS task
  JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
  JOIN tasker.task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id;
