-- How many tasks have not ended, counted up to p_count_max.
--   Index    tasks_unfinished_idx.   Caller   an engine that creates tasks, at most once a second.
CREATE OR REPLACE FUNCTION tasker.count_unfinished_tasks(p_count_max integer) RETURNS integer
LANGUAGE sql STABLE
SET enable_seqscan = off
AS $$
    SELECT count(*)::integer
      FROM (
          SELECT
            FROM tasker.tasks AS task
           WHERE task.state IN ('draft', 'pending', 'in_progress', 'paused')
           LIMIT p_count_max
      ) AS unfinished
$$;
