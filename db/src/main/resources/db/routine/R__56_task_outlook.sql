-- What is left to do of one task, for the job that has just run all that it could.
--   Returns  running_steps   in progress, wherever;
--            ready_steps     could be claimed now;
--            resumes_in      until the earliest step that waits for its time or for a requested delay; waits_for_retry
--                            tells whether any of them has failed before.
--            No row for an unknown task.
--   Index    workflow_steps_name_is_unique_in_task.   Caller   the job of a task, at its end.
CREATE OR REPLACE FUNCTION tasker.task_outlook(p_task_id bigint)
RETURNS TABLE (
    state text, enqueuer text, running_steps integer, ready_steps integer, resumes_in interval, waits_for_retry boolean
)
LANGUAGE sql STABLE
AS $$
    SELECT task.state::text,
           task.enqueuer::text,
           count(*) FILTER (WHERE step.state = 'in_progress')::integer,
           count(*) FILTER (WHERE step.claimable AND step.opens_at <= tasker.now())::integer,
           min(step.opens_at) FILTER (WHERE step.claimable AND step.opens_at > tasker.now()) - tasker.now(),
           coalesce(bool_or(step.state = 'error') FILTER (WHERE step.claimable AND step.opens_at > tasker.now()), false)
      FROM tasker.tasks AS task
      LEFT JOIN LATERAL (
          SELECT part.state, part.claimable, greatest(part.due_at, held.held_until) AS opens_at
            FROM tasker.workflow_steps AS part
            LEFT JOIN tasker.delay_keys AS held ON held.delay_key = part.delay_key
           WHERE part.task_id = task.task_id
      ) AS step ON true
     WHERE task.task_id = p_task_id
     GROUP BY task.task_id
$$;
