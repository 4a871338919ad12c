-- The steps of a task with the names of their parents, in topological order as created.
CREATE OR REPLACE VIEW tasker.task_steps AS
SELECT step.workflow_step_id,
       step.task_id,
       step.name,
       step.handler_key,
       step.state,
       step.attempts,
       step.retry_limit,
       tasker.next_retry_at(step.state, step.retryable, step.permanent_failure, step.attempts, step.retry_limit,
                            step.due_at) AS next_retry_at,
       step.lease_owner,
       step.lease_expires_at,
       step.last_attempted_at,
       step.ended_at,
       step.results,
       step.error,
       coalesce(parents.names, '{}') AS depends_on
  FROM tasker.workflow_steps AS step
  LEFT JOIN LATERAL (
      SELECT array_agg(parent.name::text ORDER BY parent.workflow_step_id) AS names
        FROM tasker.workflow_step_edges AS edge
        JOIN tasker.workflow_steps AS parent ON parent.workflow_step_id = edge.from_step_id
       WHERE edge.to_step_id = step.workflow_step_id
  ) AS parents ON true;
