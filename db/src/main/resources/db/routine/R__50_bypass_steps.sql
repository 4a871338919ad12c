-- Skips the steps that new tasks were asked to do without, where their templates allow it, and counts what the others wait for.
--   Takes    new tasks with their steps and edges, of which nobody knows yet.
--   Locks    new rows only.   Caller   create_tasks, which writes the transitions.
CREATE OR REPLACE FUNCTION tasker.bypass_steps(p_task_ids bigint[])
RETURNS void
LANGUAGE sql
AS $$
    UPDATE tasker.workflow_steps AS step
       SET state              = CASE WHEN wish.is_bypassed THEN 'skipped' ELSE 'pending' END,
           unmet_dependencies = wish.unmet,
           claimable          = NOT wish.is_bypassed AND wish.unmet = 0 AND NOT step.held,
           ended_at           = CASE WHEN wish.is_bypassed THEN tasker.now() END
      FROM (
          SELECT known.workflow_step_id,
                 known.skippable AND task.bypass_steps ? known.name AS is_bypassed,
                 (SELECT count(*) FILTER (WHERE NOT (parent.skippable AND task.bypass_steps ? parent.name))
                    FROM tasker.workflow_step_edges AS edge
                    JOIN tasker.workflow_steps AS parent ON parent.workflow_step_id = edge.from_step_id
                   WHERE edge.to_step_id = known.workflow_step_id)::integer AS unmet
            FROM tasker.tasks AS task
            JOIN tasker.workflow_steps AS known ON known.task_id = task.task_id
           WHERE task.task_id = ANY (p_task_ids)
             AND task.bypass_steps <> '[]'
      ) AS wish
     WHERE step.workflow_step_id = wish.workflow_step_id
$$;
