-- The steps of an archived task with the names of their parents: task_steps as it was. Ask by task_id.
--   Index    the primary keys.   Caller   ArchivedTaskStore.
CREATE OR REPLACE VIEW tasker.archived_task_steps AS
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
  FROM tasker.archived_workflow_steps AS step
  LEFT JOIN LATERAL (
      SELECT array_agg(parent.name::text ORDER BY parent.workflow_step_id) AS names
        FROM tasker.archived_workflow_step_edges AS edge
        JOIN tasker.archived_workflow_steps AS parent
          ON parent.task_id = edge.task_id
         AND parent.workflow_step_id = edge.from_step_id
       WHERE edge.task_id = step.task_id
         AND edge.to_step_id = step.workflow_step_id
  ) AS parents ON true;
