-- Readiness of steps, derived from edges, states and times alone (never from claimable or unmet_dependencies).
--   retry_eligible       the step may still run as far as its attempts go, now or later.
--   ready_for_execution  it may be claimed at this moment.
--   next_retry_at        set while the step waits for its next attempt.
CREATE OR REPLACE FUNCTION tasker.get_step_readiness_status_by_ids(p_step_ids bigint[])
RETURNS TABLE (
    workflow_step_id        bigint,
    task_id                 bigint,
    named_step_id           bigint,
    name                    text,
    current_state           text,
    dependencies_satisfied  boolean,
    retry_eligible          boolean,
    ready_for_execution     boolean,
    last_failure_at         timestamptz,
    next_retry_at           timestamptz,
    total_parents           integer,
    completed_parents       integer,
    attempts                integer,
    retry_limit             integer,
    backoff_request_seconds integer,
    last_attempted_at       timestamptz
)
LANGUAGE sql STABLE
AS $$
    SELECT step.workflow_step_id,
           step.task_id,
           step.named_step_id,
           step.name::text,
           step.state::text,
           parents.total = parents.satisfied,
           retry.is_allowed,
           tasker.task_is_live(task.state)
               AND step.state IN ('pending', 'error')
               AND parents.total = parents.satisfied
               AND retry.is_allowed
               AND step.due_at <= tasker.now(),
           CASE WHEN step.state = 'error' THEN step.last_failure_at END,
           step.next_retry_at,
           parents.total,
           parents.satisfied,
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
     ) AS parents
     WHERE step.workflow_step_id = ANY (p_step_ids)
     ORDER BY step.workflow_step_id
$$;
