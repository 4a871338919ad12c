-- How long attempts take, in whole milliseconds, has few different values. The planner has to know, or it takes every step
-- for a group of its own and counts them on one processor (tasker.completed_step_durations).
-- Paid by ANALYZE alone.

CREATE STATISTICS tasker.workflow_steps_execution_milliseconds
    ON (round(date_part('epoch', ended_at - last_attempted_at) * 1000)::bigint)
  FROM tasker.workflow_steps;
