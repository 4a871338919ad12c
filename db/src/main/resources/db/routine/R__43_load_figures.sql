-- How much of the database is active: for a limit of concurrency that follows the load.
--   Returns  active tasks (pending, in_progress) and steps (in_progress, or claimable: a step that waits for its parents is
--            no load), each counted up to p_count_max; totals as the planner estimates them, never below the active ones.
--   Index    tasks_unfinished_idx, workflow_steps_in_progress_idx, workflow_steps_claimable_idx. Never reads history.
--   Caller   an engine with dynamic concurrency, every 30 s.
CREATE OR REPLACE FUNCTION tasker.load_figures(p_count_max integer)
RETURNS TABLE (active_tasks bigint, total_tasks bigint, active_steps bigint, total_steps bigint)
LANGUAGE sql STABLE
SET enable_seqscan = off
AS $$
    SELECT tasks.active,
           greatest(tasks.active, task_table.reltuples::bigint),
           steps.active,
           greatest(steps.active, step_table.reltuples::bigint)
      FROM (
          SELECT count(*) AS active
            FROM (
                SELECT
                  FROM tasker.tasks AS task
                 WHERE task.state IN ('draft', 'pending', 'in_progress', 'paused')
                   AND tasker.task_is_live(task.state)
                 LIMIT p_count_max
            ) AS unfinished
      ) AS tasks
     CROSS JOIN (
          SELECT least(running.steps + ready.steps, p_count_max) AS active
            FROM (
                SELECT count(*) AS steps
                  FROM (
                      SELECT FROM tasker.workflow_steps AS step WHERE step.state = 'in_progress' LIMIT p_count_max
                  ) AS bounded
            ) AS running
           CROSS JOIN (
                SELECT count(*) AS steps
                  FROM (
                      SELECT
                        FROM tasker.workflow_steps AS step
                       WHERE step.claimable AND NOT step.queued_outside
                       LIMIT p_count_max
                  ) AS bounded
            ) AS ready
      ) AS steps
      JOIN pg_class AS task_table ON task_table.oid = 'tasker.tasks'::regclass
      JOIN pg_class AS step_table ON step_table.oid = 'tasker.workflow_steps'::regclass
$$;
