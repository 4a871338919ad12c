-- Readiness of steps; see step_readiness.
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
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT readiness.workflow_step_id, readiness.task_id, readiness.named_step_id, readiness.name,
           readiness.current_state, readiness.dependencies_satisfied, readiness.retry_eligible,
           readiness.ready_for_execution, readiness.last_failure_at, readiness.next_retry_at,
           readiness.total_parents, readiness.completed_parents, readiness.attempts, readiness.retry_limit,
           readiness.backoff_request_seconds, readiness.last_attempted_at
      FROM tasker.step_readiness AS readiness
     WHERE readiness.workflow_step_id = ANY (p_step_ids)
     ORDER BY readiness.workflow_step_id
$$;
