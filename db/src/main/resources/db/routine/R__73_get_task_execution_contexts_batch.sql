-- Where tasks stand: counts of their steps, what to do next, how healthy they are. No row for an unknown task.
-- Permanently blocked = a step in error that may not be retried any more. Ready work goes first under best_effort;
-- under fail_fast a blocked step decides.
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
LANGUAGE sql STABLE
AS $$
    WITH counted AS (
        SELECT readiness.task_id,
               count(*) AS total,
               count(*) FILTER (WHERE readiness.current_state = 'pending') AS pending,
               count(*) FILTER (WHERE readiness.current_state = 'in_progress') AS in_progress,
               count(*) FILTER (WHERE tasker.dependency_is_satisfied(readiness.current_state)) AS completed,
               count(*) FILTER (WHERE readiness.current_state = 'error') AS failed,
               count(*) FILTER (WHERE readiness.ready_for_execution) AS ready,
               count(*) FILTER (WHERE readiness.current_state = 'cancelled'
                                   OR (readiness.current_state = 'error' AND NOT readiness.retry_eligible)) AS blocked
          FROM tasker.get_step_readiness_status_batch(p_task_ids) AS readiness
         GROUP BY readiness.task_id
    ),
    judged AS (
        SELECT task.task_id,
               task.named_task_id,
               task.state,
               coalesce(counted.total, 0) AS total,
               coalesce(counted.pending, 0) AS pending,
               coalesce(counted.in_progress, 0) AS in_progress,
               coalesce(counted.completed, 0) AS completed,
               coalesce(counted.failed, 0) AS failed,
               coalesce(counted.ready, 0) AS ready,
               coalesce(counted.blocked, 0) AS blocked,
               CASE
                   WHEN counted.blocked > 0 AND task.failure_policy = 'fail_fast' THEN 'blocked_by_failures'
                   WHEN counted.ready > 0 THEN 'has_ready_steps'
                   WHEN counted.in_progress > 0 THEN 'processing'
                   WHEN counted.completed = counted.total AND counted.total > 0 THEN 'all_complete'
                   -- A step that waits for its retry is work still to come.
                   WHEN counted.blocked > 0 AND counted.failed <= counted.blocked THEN 'blocked_by_failures'
                   ELSE 'waiting_for_dependencies'
               END AS execution_status
          FROM tasker.tasks AS task
          LEFT JOIN counted ON counted.task_id = task.task_id
         WHERE task.task_id = ANY (p_task_ids)
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
