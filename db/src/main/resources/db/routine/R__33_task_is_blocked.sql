-- Whether a task would end in error if it were live: the rule of settle_tasks, for a task that is held.
--   Takes    p_after_retry: as it would be if every step in error were tried again.
--   Caller   operate_on_tasks, operate_on_step.
CREATE OR REPLACE FUNCTION tasker.task_is_blocked(p_task_id bigint, p_after_retry boolean DEFAULT false)
RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT bool_or(step.state = 'cancelled' OR (step.state = 'error' AND NOT retry.is_allowed))
           AND (bool_or(task.failure_policy = 'fail_fast')
                OR NOT bool_or(step.state = 'in_progress'
                               OR (step.unmet_dependencies = 0
                                   AND (step.state = 'pending' OR (step.state = 'error' AND retry.is_allowed)))))
      FROM tasker.tasks AS task
      JOIN tasker.workflow_steps AS step ON step.task_id = task.task_id
     CROSS JOIN LATERAL (
         SELECT p_after_retry
                OR tasker.retry_is_allowed(step.retryable, step.permanent_failure, step.attempts, step.retry_limit) AS is_allowed
     ) AS retry
     WHERE task.task_id = p_task_id
$$;
