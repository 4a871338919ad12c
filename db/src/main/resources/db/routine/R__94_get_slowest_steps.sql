-- The steps that took longest from their creation to their completion, of those completed since a time (by default in
-- the last 24 hours), slowest first; of equals the newest first. Archived ones too.
--   duration_seconds   from creation to completion: waiting for parents and for retries is in it.
--   execution_seconds  of the attempt that completed it.
--   Index    as in completed_step_durations: through the tasks of a short time; over a long time all steps are read in
--            one go. The plan is made for the time asked for.
--   Caller   HistoryStore.
CREATE OR REPLACE FUNCTION tasker.get_slowest_steps(
    p_since     timestamptz DEFAULT NULL,
    p_limit     integer     DEFAULT 10,
    p_namespace text        DEFAULT NULL,
    p_task_name text        DEFAULT NULL,
    p_version   text        DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id  bigint,
    task_id           bigint,
    step_name         text,
    task_name         text,
    namespace_name    text,
    version           text,
    duration_seconds  numeric,
    execution_seconds numeric,
    attempts          integer,
    created_at        timestamptz,
    completed_at      timestamptz,
    retryable         boolean,
    step_status       text
)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    v_since     timestamptz := coalesce(p_since, tasker.now() - interval '24 hours');
    v_templates bigint[] := tasker.templates_named(p_namespace, p_task_name, p_version);
    v_live_ids  bigint[];
BEGIN
    -- Two passes: the slowest of the live table by their ids, then all that is shown of them.
    IF v_templates IS NULL AND tasker.is_long_window(v_since) THEN
        v_live_ids := ARRAY(
            SELECT step.workflow_step_id
              FROM tasker.workflow_steps AS step
             WHERE step.state = 'complete'
               AND step.ended_at >= v_since
               AND step.ended_at > step.created_at
             ORDER BY step.ended_at - step.created_at DESC, step.workflow_step_id DESC
             LIMIT p_limit);
    ELSE
        v_live_ids := ARRAY(
            SELECT step.workflow_step_id
              FROM tasker.tasks AS task
             CROSS JOIN LATERAL (
                 SELECT probed.workflow_step_id, probed.ended_at - probed.created_at AS duration
                   FROM tasker.workflow_steps AS probed
                  WHERE probed.task_id = task.task_id
                    AND probed.state = 'complete'
                    AND probed.ended_at >= v_since
                    AND probed.ended_at > probed.created_at
                 -- Keeps it one probe for each task: the planner takes few steps of few tasks for many of all.
                 OFFSET 0
             ) AS step
             WHERE (task.ended_at >= v_since OR task.state IN ('draft', 'pending', 'in_progress', 'paused'))
               AND (v_templates IS NULL OR task.named_task_id = ANY (v_templates))
             ORDER BY step.duration DESC, step.workflow_step_id DESC
             LIMIT p_limit);
    END IF;
    RETURN QUERY
    SELECT slow.workflow_step_id,
           slow.task_id,
           slow.name::text,
           named_task.name::text,
           namespace.name::text,
           named_task.version::text,
           round(extract(epoch FROM slow.duration), 3),
           round(extract(epoch FROM slow.ended_at - slow.last_attempted_at), 3),
           slow.attempts,
           slow.created_at,
           slow.ended_at,
           slow.retryable,
           slow.state::text
      FROM (
          SELECT step.workflow_step_id, step.task_id, task.named_task_id, step.name,
                 step.ended_at - step.created_at AS duration, step.last_attempted_at, step.attempts, step.created_at,
                 step.ended_at, step.retryable, step.state
            FROM tasker.workflow_steps AS step
            JOIN tasker.tasks AS task ON task.task_id = step.task_id
           WHERE step.workflow_step_id = ANY (v_live_ids)
          UNION ALL
          SELECT step.workflow_step_id, step.task_id, task.named_task_id, step.name, step.ended_at - step.created_at,
                 step.last_attempted_at, step.attempts, step.created_at, step.ended_at, step.retryable, step.state
            FROM tasker.archived_workflow_steps AS step
            JOIN tasker.archived_tasks AS task ON task.task_id = step.task_id
           WHERE step.state = 'complete'
             AND step.ended_at >= v_since
             AND step.ended_at > step.created_at
             AND task.ended_at >= v_since
             AND (v_templates IS NULL OR task.named_task_id = ANY (v_templates))
           ORDER BY duration DESC, workflow_step_id DESC
           LIMIT p_limit
      ) AS slow
      JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = slow.named_task_id
      JOIN tasker.task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
     ORDER BY slow.duration DESC, slow.workflow_step_id DESC;
END
$$;
