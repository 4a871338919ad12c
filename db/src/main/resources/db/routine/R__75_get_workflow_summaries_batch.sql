-- Where tasks stand, and why: their execution contexts, the shape of their graphs, which steps are ready, which are not
-- and for what reason, and whether they have been idle for too long. No row for an unknown task.
--   p_waiting_for_dependencies, p_waiting_for_retry, p_in_process   how long a task may be in that condition without
--                        any transition; p_lifetime: how long it may take altogether, or wait for a worker.
--   blocked_step_ids     steps still to run that are not ready; blocking_reasons has the reason of each, in that order:
--                        dependencies_not_satisfied, retry_not_eligible (no attempt left, or the next one is not due),
--                        unknown (the task is held or has ended, or its time has not come).
--   max_dependency_depth longest path from a root; parallel_branches: steps on the widest level.
--   condition            what the task waits for; idle_since: its latest transition, or its start if it has none.
--   staleness            fresh, warning (80 % of the time allowed), stale. An ended task is fresh.
--   weighted_priority    priority + completed steps / all steps: of two tasks of one priority the one that is nearer
--                        to its end first, and never before a task of a higher priority that is not yet complete.
--   Index   transitions by task, one probe each; all else by task and step.   Caller   WorkflowSummaryStore.
CREATE OR REPLACE FUNCTION tasker.get_workflow_summaries_batch(
    p_task_ids                 bigint[],
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
    WITH steps AS (
        SELECT judged.task_id,
               array_agg(judged.workflow_step_id ORDER BY judged.workflow_step_id)
                   FILTER (WHERE judged.total_parents = 0) AS root_ids,
               array_agg(judged.workflow_step_id ORDER BY judged.workflow_step_id)
                   FILTER (WHERE judged.ready_for_execution) AS ready_ids,
               array_agg(judged.workflow_step_id ORDER BY judged.workflow_step_id)
                   FILTER (WHERE judged.reason IS NOT NULL) AS blocked_ids,
               array_agg(judged.reason ORDER BY judged.workflow_step_id)
                   FILTER (WHERE judged.reason IS NOT NULL) AS reasons,
               bool_or(judged.next_retry_at > tasker.now()) AS waits_for_retry
          FROM (
              SELECT readiness.task_id,
                     readiness.workflow_step_id,
                     readiness.total_parents,
                     readiness.ready_for_execution,
                     readiness.next_retry_at,
                     CASE
                         WHEN readiness.current_state NOT IN ('pending', 'error') OR readiness.ready_for_execution THEN NULL
                         WHEN NOT readiness.dependencies_satisfied THEN 'dependencies_not_satisfied'
                         WHEN NOT readiness.retry_eligible OR readiness.next_retry_at > tasker.now() THEN 'retry_not_eligible'
                         ELSE 'unknown'
                     END AS reason
                FROM tasker.get_step_readiness_status_batch(p_task_ids) AS readiness
          ) AS judged
         GROUP BY judged.task_id
    ),
    shapes AS (
        SELECT leveled.task_id, max(leveled.dependency_level) AS depth, max(leveled.steps)::integer AS branches
          FROM (
              SELECT wanted.task_id, level.dependency_level, count(*) AS steps
                FROM (SELECT DISTINCT unnest(p_task_ids) AS task_id) AS wanted
               CROSS JOIN LATERAL tasker.calculate_dependency_levels(wanted.task_id) AS level
               GROUP BY wanted.task_id, level.dependency_level
          ) AS leveled
         GROUP BY leveled.task_id
    ),
    conditions AS (
        SELECT task.task_id,
               task.priority,
               task.ended_at IS NOT NULL AS is_ended,
               coalesce(task.start_at, task.created_at) AS began_at,
               greatest(coalesce(task.start_at, task.created_at), task_move.created_at, step_move.created_at) AS idle_since,
               CASE
                   WHEN task.ended_at IS NOT NULL THEN 'ended'
                   WHEN task.state IN ('draft', 'paused') THEN 'held'
                   WHEN context.ready_steps > 0 THEN 'ready'
                   WHEN context.in_progress_steps > 0 THEN 'steps_in_process'
                   WHEN steps.waits_for_retry THEN 'waiting_for_retry'
                   ELSE 'waiting_for_dependencies'
               END AS condition
          FROM tasker.tasks AS task
          JOIN tasker.get_task_execution_contexts_batch(p_task_ids) AS context ON context.task_id = task.task_id
          LEFT JOIN steps ON steps.task_id = task.task_id
          LEFT JOIN LATERAL (
              SELECT transition.created_at
                FROM tasker.task_transitions AS transition
               WHERE transition.task_id = task.task_id
               ORDER BY transition.task_transition_id DESC
               LIMIT 1
          ) AS task_move ON true
          LEFT JOIN LATERAL (
              SELECT transition.created_at
                FROM tasker.workflow_step_transitions AS transition
               WHERE transition.task_id = task.task_id
               ORDER BY transition.workflow_step_transition_id DESC
               LIMIT 1
          ) AS step_move ON true
         WHERE task.task_id = ANY (p_task_ids)
    ),
    aged AS (
        -- 1 and more: the time allowed is over.
        SELECT conditions.task_id,
               greatest(
                   extract(epoch FROM tasker.now() - conditions.began_at) / nullif(extract(epoch FROM p_lifetime), 0),
                   extract(epoch FROM tasker.now() - conditions.idle_since) / nullif(extract(epoch FROM
                       CASE conditions.condition
                           WHEN 'waiting_for_dependencies' THEN p_waiting_for_dependencies
                           WHEN 'waiting_for_retry' THEN p_waiting_for_retry
                           WHEN 'steps_in_process' THEN p_in_process
                           ELSE p_lifetime
                       END), 0)) AS age
          FROM conditions
         WHERE NOT conditions.is_ended
    )
    SELECT context.task_id,
           context.named_task_id,
           context.status,
           context.total_steps,
           context.pending_steps,
           context.in_progress_steps,
           context.completed_steps,
           context.failed_steps,
           context.ready_steps,
           context.execution_status,
           context.recommended_action,
           context.completion_percentage,
           context.health_status,
           coalesce(steps.root_ids, '{}'),
           coalesce(cardinality(steps.root_ids), 0),
           coalesce(steps.ready_ids, '{}'),
           coalesce(steps.blocked_ids, '{}'),
           coalesce(steps.reasons, '{}'),
           coalesce(shapes.depth, 0),
           coalesce(shapes.branches, 0),
           CASE
               WHEN context.ready_steps > 0 AND context.failed_steps = 0 THEN 'optimal'
               WHEN context.ready_steps > 0 THEN 'recovering'
               WHEN context.in_progress_steps > 0 THEN 'processing'
               WHEN context.failed_steps > 0 THEN 'blocked'
               ELSE 'waiting'
           END,
           CASE
               WHEN context.ready_steps > 5 THEN 'high_parallelism'
               WHEN context.ready_steps > 1 THEN 'moderate_parallelism'
               WHEN context.ready_steps = 1 THEN 'sequential_only'
               ELSE 'no_ready_work'
           END,
           conditions.condition,
           conditions.idle_since,
           CASE
               WHEN aged.age >= 1 THEN 'stale'
               WHEN aged.age >= 0.8 THEN 'warning'
               ELSE 'fresh'
           END,
           round(conditions.priority + coalesce(context.completed_steps::numeric / nullif(context.total_steps, 0), 0), 4)
      FROM tasker.get_task_execution_contexts_batch(p_task_ids) AS context
      JOIN conditions ON conditions.task_id = context.task_id
      LEFT JOIN steps ON steps.task_id = context.task_id
      LEFT JOIN shapes ON shapes.task_id = context.task_id
      LEFT JOIN aged ON aged.task_id = context.task_id
     ORDER BY context.task_id
$$;
