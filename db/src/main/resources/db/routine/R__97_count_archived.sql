-- Adds tasks that are about to be archived to the totals of the archive.
--   Locks    rows of archived_task_totals in the order of their key; another archiver waits for the end of the batch.
--   Index    by task.   Caller   archive_tasks.
CREATE OR REPLACE FUNCTION tasker.count_archived(p_task_ids bigint[])
RETURNS void
LANGUAGE sql
SET enable_seqscan = off
AS $$
    INSERT INTO tasker.archived_task_totals AS total
           (ended_on, named_task_id, state, tasks, steps, completed_steps, failed_steps, duration_seconds,
            duration_seconds_max)
    SELECT (task.ended_at AT TIME ZONE 'UTC')::date AS ended_on,
           task.named_task_id,
           task.state,
           count(*),
           sum(steps.total),
           sum(steps.completed),
           sum(steps.failed),
           sum(extract(epoch FROM task.ended_at - task.created_at)),
           max(extract(epoch FROM task.ended_at - task.created_at))
      FROM tasker.tasks AS task
     CROSS JOIN LATERAL (
         SELECT count(*) AS total,
                count(*) FILTER (WHERE tasker.dependency_is_satisfied(step.state)) AS completed,
                count(*) FILTER (WHERE step.state = 'error') AS failed
           FROM tasker.workflow_steps AS step
          WHERE step.task_id = task.task_id
     ) AS steps
     WHERE task.task_id = ANY (p_task_ids)
     GROUP BY 1, task.named_task_id, task.state
     ORDER BY 1, task.named_task_id, task.state
    ON CONFLICT (ended_on, named_task_id, state) DO UPDATE
       SET tasks                = total.tasks + excluded.tasks,
           steps                = total.steps + excluded.steps,
           completed_steps      = total.completed_steps + excluded.completed_steps,
           failed_steps         = total.failed_steps + excluded.failed_steps,
           duration_seconds     = total.duration_seconds + excluded.duration_seconds,
           duration_seconds_max = greatest(total.duration_seconds_max, excluded.duration_seconds_max)
$$;
