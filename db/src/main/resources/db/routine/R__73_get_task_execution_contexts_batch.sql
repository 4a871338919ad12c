-- Where tasks stand: counts of their steps, what to do next, how healthy they are. No row for an unknown task.
-- Permanently blocked = a step in error that may not be retried any more. Ready work goes first under best_effort;
-- under fail_fast a blocked step decides.
--   Counted from what the steps tell of themselves: no edge is read. step_readiness derives the same from the edges, and tests
--   compare. All steps of a complete task are satisfied, so that it costs its own row alone.
--   Index    tasks_pkey, workflow_steps by task.
CREATE OR REPLACE FUNCTION tasker.get_task_execution_contexts_batch(p_task_ids bigint[])
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
    health_status         text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH counted AS (
        SELECT step.task_id,
               count(*) FILTER (WHERE step.state = 'pending') AS pending,
               count(*) FILTER (WHERE step.state = 'in_progress') AS in_progress,
               count(*) FILTER (WHERE step.state = 'error') AS failed,
               count(*) FILTER (WHERE step.state = 'cancelled') AS cancelled,
               count(*) FILTER (WHERE step.state = 'error' AND NOT retry.is_allowed) AS failed_for_good,
               count(*) FILTER (WHERE step.unmet_dependencies = 0
                                  AND step.due_at <= tasker.now()
                                  AND (step.state = 'pending' OR (step.state = 'error' AND retry.is_allowed))) AS able
          FROM tasker.tasks AS task
          JOIN tasker.workflow_steps AS step ON step.task_id = task.task_id
         CROSS JOIN LATERAL (
             SELECT tasker.retry_is_allowed(step.retryable, step.permanent_failure, step.attempts, step.retry_limit) AS is_allowed
         ) AS retry
         WHERE task.task_id = ANY (p_task_ids)
           AND task.state <> 'complete'
         GROUP BY step.task_id
    ),
    measured AS (
        SELECT task.task_id,
               task.named_task_id,
               task.state,
               task.failure_policy,
               task.total_steps::bigint AS total,
               coalesce(counted.pending, 0) AS pending,
               coalesce(counted.in_progress, 0) AS in_progress,
               -- In every other state the children may run.
               task.total_steps - coalesce(counted.pending + counted.in_progress + counted.failed + counted.cancelled, 0)
                   AS completed,
               coalesce(counted.failed, 0) AS failed,
               CASE WHEN tasker.task_is_live(task.state) THEN coalesce(counted.able, 0) ELSE 0 END AS ready,
               coalesce(counted.cancelled + counted.failed_for_good, 0) AS blocked
          FROM tasker.tasks AS task
          LEFT JOIN counted ON counted.task_id = task.task_id
         WHERE task.task_id = ANY (p_task_ids)
    ),
    judged AS (
        SELECT measured.task_id,
               measured.named_task_id,
               measured.state,
               measured.total,
               measured.pending,
               measured.in_progress,
               measured.completed,
               measured.failed,
               measured.ready,
               measured.blocked,
               CASE
                   WHEN measured.blocked > 0 AND measured.failure_policy = 'fail_fast' THEN 'blocked_by_failures'
                   WHEN measured.ready > 0 THEN 'has_ready_steps'
                   WHEN measured.in_progress > 0 THEN 'processing'
                   WHEN measured.completed = measured.total AND measured.total > 0 THEN 'all_complete'
                   -- A step that waits for its retry is work still to come.
                   WHEN measured.blocked > 0 AND measured.failed <= measured.blocked THEN 'blocked_by_failures'
                   ELSE 'waiting_for_dependencies'
               END AS execution_status
          FROM measured
    )
    SELECT judged.task_id,
           judged.named_task_id,
           judged.state::text,
           judged.total,
           judged.pending,
           judged.in_progress,
           judged.completed,
           judged.failed,
           judged.ready,
           judged.execution_status,
           CASE judged.execution_status
               WHEN 'has_ready_steps' THEN 'execute_ready_steps'
               WHEN 'processing' THEN 'wait_for_completion'
               WHEN 'blocked_by_failures' THEN 'handle_failures'
               WHEN 'all_complete' THEN 'finalize_task'
               WHEN 'waiting_for_dependencies' THEN 'wait_for_dependencies'
           END,
           CASE WHEN judged.total = 0 THEN 0.0 ELSE round(judged.completed * 100.0 / judged.total, 2) END,
           CASE
               WHEN judged.blocked > 0 AND (judged.ready = 0 OR judged.execution_status = 'blocked_by_failures') THEN 'blocked'
               WHEN judged.failed = 0 THEN 'healthy'
               WHEN judged.failed > 0 THEN 'recovering'
               ELSE 'unknown'
           END
      FROM judged
     ORDER BY judged.task_id
$$;
