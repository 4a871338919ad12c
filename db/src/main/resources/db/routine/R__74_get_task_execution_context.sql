-- Where one task stands. No row for an unknown task.
CREATE OR REPLACE FUNCTION tasker.get_task_execution_context(p_task_id bigint)
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
    SELECT context.task_id, context.named_task_id, context.status, context.total_steps, context.pending_steps,
           context.in_progress_steps, context.completed_steps, context.failed_steps, context.ready_steps,
           context.execution_status, context.recommended_action, context.completion_percentage, context.health_status
      FROM tasker.get_task_execution_contexts_batch(ARRAY[p_task_id]) AS context
$$;
