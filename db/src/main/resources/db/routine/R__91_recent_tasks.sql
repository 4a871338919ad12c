-- The recent tier: tasks that have not ended, and those that ended within the last p_days days, archived or not.
--   Plain SQL, so that it is inlined: conditions, order and limit of the caller reach the indexes.
--   Index    tasks_ended_at_idx, tasks_unfinished_idx; for newest first the primary key.
CREATE OR REPLACE FUNCTION tasker.recent_tasks(p_days integer DEFAULT 30)
RETURNS SETOF tasker.all_tasks
LANGUAGE sql STABLE
AS $$
    SELECT task.task_id, task.named_task_id, task.namespace, task.name, task.version, task.state, task.priority,
           task.initiator, task.source_system, task.reason, task.tags, task.correlation_id, task.parent_correlation_id,
           task.requested_at, task.created_at, task.started_at, task.ended_at, task.archived_at
      FROM tasker.all_tasks AS task
     WHERE task.ended_at >= tasker.now() - make_interval(days => p_days)
        OR task.state IN ('draft', 'pending', 'in_progress', 'paused')
$$;
