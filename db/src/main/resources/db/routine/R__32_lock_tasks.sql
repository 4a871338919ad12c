-- Locks tasks with all their steps, so that what an operator decides stands on what is really there.
--   Returns  nothing. What is read after it, in a statement of its own, is current and stays so.
--   Locks    workflow_steps in order of id, then tasks in order of id; waits for waves that are at work on them.
--   Index    workflow_steps_name_is_unique_in_task.   Caller   operate_on_tasks, operate_on_step.
CREATE OR REPLACE FUNCTION tasker.lock_tasks(p_task_ids bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM step.workflow_step_id
       FROM tasker.workflow_steps AS step
      WHERE step.task_id = ANY (p_task_ids)
      ORDER BY step.workflow_step_id
        FOR UPDATE;
    PERFORM task.task_id
       FROM tasker.tasks AS task
      WHERE task.task_id = ANY (p_task_ids)
      ORDER BY task.task_id
        FOR NO KEY UPDATE;
END
$$;
