-- Readiness of steps, derived from edges, states and times alone (never from claimable or unmet_dependencies).
--   retry_eligible       the step may still run as far as its attempts go, now or later.
--   ready_for_execution  it may be claimed at this moment.
--   next_retry_at        set while the step waits for its next attempt.
--   A view, so that it is planned together with the condition of whoever asks: ask by step or by task. A function that is
--   given an array by a subquery is never inlined, and was planned anew in each call.
--   Index    workflow_steps by step or task, workflow_step_edges_to_step_id_idx.
CREATE OR REPLACE VIEW tasker.step_readiness AS
SELECT step.workflow_step_id,
       step.task_id,
       step.named_step_id,
       step.name::text AS name,
       step.state::text AS current_state,
       parents.total = parents.satisfied AS dependencies_satisfied,
       retry.is_allowed AS retry_eligible,
       tasker.task_is_live(task.state)
           AND step.state IN ('pending', 'error')
           AND parents.total = parents.satisfied
           AND retry.is_allowed
           AND step.due_at <= tasker.now() AS ready_for_execution,
       CASE WHEN step.state = 'error' THEN step.last_failure_at END AS last_failure_at,
       tasker.next_retry_at(step.state, step.retryable, step.permanent_failure, step.attempts, step.retry_limit,
                            step.due_at) AS next_retry_at,
       parents.total AS total_parents,
       parents.satisfied AS completed_parents,
       step.attempts,
       step.retry_limit,
       step.backoff_request_seconds,
       step.last_attempted_at
  FROM tasker.workflow_steps AS step
  JOIN tasker.tasks AS task ON task.task_id = step.task_id
 CROSS JOIN LATERAL (
     -- Only a failure uses up the right to run: a pending step may always run.
     SELECT step.state = 'pending'
            OR tasker.retry_is_allowed(step.retryable, step.permanent_failure, step.attempts, step.retry_limit) AS is_allowed
 ) AS retry
 CROSS JOIN LATERAL (
     SELECT count(*)::integer AS total,
            count(*) FILTER (WHERE tasker.dependency_is_satisfied(parent.state))::integer AS satisfied
       FROM tasker.workflow_step_edges AS edge
       JOIN tasker.workflow_steps AS parent ON parent.workflow_step_id = edge.from_step_id
      WHERE edge.to_step_id = step.workflow_step_id
 ) AS parents;
