-- Where one task stands, and why; see get_workflow_summaries_batch. No row for an unknown task.
CREATE OR REPLACE FUNCTION tasker.get_workflow_summary(
    p_task_id                  bigint,
    p_waiting_for_dependencies interval DEFAULT '60 minutes',
    p_waiting_for_retry        interval DEFAULT '30 minutes',
    p_in_process               interval DEFAULT '30 minutes',
    p_lifetime                 interval DEFAULT '24 hours'
)
RETURNS TABLE (
    task_id               bigint,
    named_task_id         bigint,
    status                text,
    total_steps           bigint,
    pending_steps         bigint,
    in_progress_steps     bigint,
    completed_steps       bigint,
    failed_steps          bigint,
    ready_steps           bigint,
    execution_status      text,
    recommended_action    text,
    completion_percentage numeric,
    health_status         text,
    root_step_ids         bigint[],
    root_step_count       integer,
    ready_step_ids        bigint[],
    blocked_step_ids      bigint[],
    blocking_reasons      text[],
    max_dependency_depth  integer,
    parallel_branches     integer,
    workflow_efficiency   text,
    parallelism_potential text,
    condition             text,
    idle_since            timestamptz,
    staleness             text,
    weighted_priority     numeric
)
LANGUAGE sql STABLE
AS $$
    SELECT summary.task_id, summary.named_task_id, summary.status, summary.total_steps, summary.pending_steps,
           summary.in_progress_steps, summary.completed_steps, summary.failed_steps, summary.ready_steps,
           summary.execution_status, summary.recommended_action, summary.completion_percentage, summary.health_status,
           summary.root_step_ids, summary.root_step_count, summary.ready_step_ids, summary.blocked_step_ids,
           summary.blocking_reasons, summary.max_dependency_depth, summary.parallel_branches,
           summary.workflow_efficiency, summary.parallelism_potential, summary.condition, summary.idle_since,
           summary.staleness, summary.weighted_priority
      FROM tasker.get_workflow_summaries_batch(
               ARRAY[p_task_id], p_waiting_for_dependencies, p_waiting_for_retry, p_in_process, p_lifetime) AS summary
$$;
