-- How long tasks took from their creation to their end, of those that ended since a time complete or in error: every
-- value, in whole milliseconds, by state, with how often it was. Archived ones too.
--   Index    *_ended_at_idx; over a long time all tasks are read in one go.   Caller   get_analytics_metrics.
CREATE OR REPLACE FUNCTION tasker.ended_task_durations(p_since timestamptz)
RETURNS TABLE (state text, milliseconds bigint, tasks bigint)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT task.state::text, round(date_part('epoch', task.ended_at - task.created_at) * 1000)::bigint, count(*)
      FROM tasker.tasks AS task
     WHERE task.ended_at >= p_since
       AND task.state IN ('complete', 'error')
     GROUP BY 1, 2;
    RETURN QUERY
    SELECT task.state::text, round(date_part('epoch', task.ended_at - task.created_at) * 1000)::bigint, count(*)
      FROM tasker.archived_tasks AS task
     WHERE task.ended_at >= p_since
       AND task.state IN ('complete', 'error')
     GROUP BY 1, 2;
END
$$;
