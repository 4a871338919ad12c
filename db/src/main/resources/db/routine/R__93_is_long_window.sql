-- Whether so many tasks have ended since a time that reading all steps in one go is cheaper than going through the tasks.
--   Index    tasks_ended_at_idx, up to the bound.   Caller   completed_step_durations, get_slowest_steps.
CREATE OR REPLACE FUNCTION tasker.is_long_window(p_since timestamptz) RETURNS boolean
LANGUAGE sql STABLE
SET enable_seqscan = off
AS $$
    SELECT count(*) > 50000
      FROM (
          SELECT FROM tasker.tasks AS task WHERE task.ended_at >= p_since LIMIT 50001
      ) AS bounded
$$;
