-- How long the attempts took that completed steps since a time: every value, in whole milliseconds, with how often it was.
--   A step without a known start of its last attempt is counted in durations of null.
--   Index    tasks_ended_at_idx and tasks_unfinished_idx, then steps by task: a step that was completed since then is of a
--            task that has not ended or that ended since then. Over a long time all steps are read in one go.
--   Caller   get_analytics_metrics.
CREATE OR REPLACE FUNCTION tasker.completed_step_durations(p_since timestamptz)
RETURNS TABLE (milliseconds bigint, steps bigint)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    IF tasker.is_long_window(p_since) THEN
        RETURN QUERY
        SELECT round(date_part('epoch', step.ended_at - step.last_attempted_at) * 1000)::bigint, count(*)
          FROM tasker.workflow_steps AS step
         WHERE step.state = 'complete'
           AND step.ended_at >= p_since
         GROUP BY 1;
    ELSE
        RETURN QUERY
        SELECT step.milliseconds, count(*)
          FROM tasker.tasks AS task
         CROSS JOIN LATERAL (
             SELECT round(date_part('epoch', probed.ended_at - probed.last_attempted_at) * 1000)::bigint AS milliseconds
               FROM tasker.workflow_steps AS probed
              WHERE probed.task_id = task.task_id
                AND probed.state = 'complete'
                AND probed.ended_at >= p_since
             -- Keeps it one probe for each task: the planner takes few steps of few tasks for many of all.
             OFFSET 0
         ) AS step
         WHERE task.ended_at >= p_since
            OR task.state IN ('draft', 'pending', 'in_progress', 'paused')
         GROUP BY 1;
    END IF;
    RETURN QUERY
    SELECT round(date_part('epoch', step.ended_at - step.last_attempted_at) * 1000)::bigint, count(*)
      FROM tasker.archived_tasks AS task
      JOIN tasker.archived_workflow_steps AS step ON step.task_id = task.task_id
     WHERE step.state = 'complete'
       AND step.ended_at >= p_since
       AND task.ended_at >= p_since
     GROUP BY 1;
END
$$;
