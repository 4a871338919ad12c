-- What follows when an operator has changed tasks or their steps: steps are held or freed as their task says, a task that
-- may have ended is settled, and the outside queue of one that goes on is told.
--   Locks    nothing more: the caller holds the tasks and all their steps.
--   Caller   operate_on_tasks, operate_on_step.
CREATE OR REPLACE FUNCTION tasker.follow_operator(p_task_ids bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE tasker.workflow_steps AS step
       SET held = NOT current.is_live, claimable = current.can_run, updated_at = tasker.now()
      FROM (
          SELECT known.workflow_step_id,
                 tasker.task_is_live(task.state) AS is_live,
                 tasker.task_is_live(task.state)
                     AND known.unmet_dependencies = 0
                     AND (known.state = 'pending'
                          OR (known.state = 'error'
                              AND tasker.retry_is_allowed(
                                      known.retryable, known.permanent_failure, known.attempts, known.retry_limit))) AS can_run
            FROM tasker.tasks AS task
            JOIN tasker.workflow_steps AS known ON known.task_id = task.task_id
           WHERE task.task_id = ANY (p_task_ids)
             AND known.state IN ('pending', 'in_progress', 'error')
      ) AS current
     WHERE step.workflow_step_id = current.workflow_step_id
       AND (step.held, step.claimable) IS DISTINCT FROM (NOT current.is_live, current.can_run);

    PERFORM tasker.settle_tasks(p_task_ids);

    UPDATE tasker.tasks AS task
       SET next_enqueue_at = greatest(tasker.now(), task.start_at)
     WHERE task.task_id = ANY (p_task_ids)
       AND task.enqueuer IS NOT NULL
       AND tasker.task_is_live(task.state);
END
$$;
