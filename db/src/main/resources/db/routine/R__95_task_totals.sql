-- Every task that ever was, counted by template and state: live ones from their rows, archived ones from the totals
-- that each batch of archiving has added to.
--   duration_seconds      summed from creation to end; null where nothing has ended in that state.
--   archived_tasks        how many of the tasks are in the archive.
--   Reads all live tasks once; of the archive a few rows for each day.
--   Caller   HistoryStore.
CREATE OR REPLACE VIEW tasker.task_totals AS
SELECT named_task.named_task_id,
       namespace.name AS namespace,
       named_task.name,
       named_task.version,
       counted.state,
       sum(counted.tasks)::bigint AS tasks,
       sum(counted.archived_tasks)::bigint AS archived_tasks,
       sum(counted.duration_seconds) AS duration_seconds,
       max(counted.duration_seconds_max) AS duration_seconds_max
  FROM (
      SELECT task.named_task_id,
             task.state,
             count(*) AS tasks,
             0 AS archived_tasks,
             sum(extract(epoch FROM task.ended_at - task.created_at)::double precision) AS duration_seconds,
             max(extract(epoch FROM task.ended_at - task.created_at)::double precision) AS duration_seconds_max
        FROM tasker.tasks AS task
       GROUP BY task.named_task_id, task.state
      UNION ALL
      SELECT archived.named_task_id, archived.state, archived.tasks, archived.tasks, archived.duration_seconds,
             archived.duration_seconds_max
        FROM tasker.archived_task_totals AS archived
  ) AS counted
  JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = counted.named_task_id
  JOIN tasker.task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
 GROUP BY named_task.named_task_id, namespace.name, named_task.name, named_task.version, counted.state;
