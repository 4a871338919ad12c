-- The tasks that took longest from their creation to their end, of those that ended since a time (by default in the last
-- 24 hours) complete or in error, slowest first; of equals the newest first. Archived ones too.
--   step_count, completed_steps, error_steps   each step counted once, by its state; completed: its children may run.
--   Index    tasks_ended_at_idx; steps by task, of the tasks that are returned. The plan is made for the time asked for.
--   Caller   HistoryStore.
CREATE OR REPLACE FUNCTION tasker.get_slowest_tasks(
    p_since     timestamptz DEFAULT NULL,
    p_limit     integer     DEFAULT 10,
    p_namespace text        DEFAULT NULL,
    p_task_name text        DEFAULT NULL,
    p_version   text        DEFAULT NULL
)
RETURNS TABLE (
    task_id          bigint,
    task_name        text,
    namespace_name   text,
    version          text,
    state            text,
    duration_seconds numeric,
    step_count       bigint,
    completed_steps  bigint,
    error_steps      bigint,
    created_at       timestamptz,
    completed_at     timestamptz,
    initiator        text,
    source_system    text
)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    v_since     timestamptz := coalesce(p_since, tasker.now() - interval '24 hours');
    v_templates bigint[] := tasker.templates_named(p_namespace, p_task_name, p_version);
BEGIN
    RETURN QUERY
    SELECT slow.task_id,
           named_task.name::text,
           namespace.name::text,
           named_task.version::text,
           slow.state::text,
           round(extract(epoch FROM slow.duration), 3),
           steps.total,
           steps.completed,
           steps.failed,
           slow.created_at,
           slow.ended_at,
           slow.initiator::text,
           slow.source_system::text
      FROM (
          SELECT task.task_id, task.named_task_id, task.state, task.ended_at - task.created_at AS duration, task.created_at,
                 task.ended_at, task.initiator, task.source_system
            FROM tasker.tasks AS task
           WHERE task.ended_at >= v_since
             AND task.ended_at > task.created_at
             AND task.state IN ('complete', 'error')
             AND (v_templates IS NULL OR task.named_task_id = ANY (v_templates))
          UNION ALL
          SELECT task.task_id, task.named_task_id, task.state, task.ended_at - task.created_at, task.created_at,
                 task.ended_at, task.initiator, task.source_system
            FROM tasker.archived_tasks AS task
           WHERE task.ended_at >= v_since
             AND task.ended_at > task.created_at
             AND task.state IN ('complete', 'error')
             AND (v_templates IS NULL OR task.named_task_id = ANY (v_templates))
           ORDER BY duration DESC, task_id DESC
           LIMIT p_limit
      ) AS slow
      JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = slow.named_task_id
      JOIN tasker.task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
     CROSS JOIN LATERAL (
         SELECT count(*) AS total,
                count(*) FILTER (WHERE tasker.dependency_is_satisfied(step.state)) AS completed,
                count(*) FILTER (WHERE step.state = 'error') AS failed
           FROM (
               SELECT live.state FROM tasker.workflow_steps AS live WHERE live.task_id = slow.task_id
               UNION ALL
               SELECT archived.state FROM tasker.archived_workflow_steps AS archived WHERE archived.task_id = slow.task_id
           ) AS step
     ) AS steps
     ORDER BY slow.duration DESC, slow.task_id DESC;
END
$$;
