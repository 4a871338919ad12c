-- Where an archived task stood when it was archived: get_workflow_summary for the archive. No row for a task that is not
-- there. It has ended: nothing is ready, nothing runs any more, and it is never stale.
--   Index   the primary keys.   Caller   ArchivedTaskStore.
CREATE OR REPLACE FUNCTION tasker.get_archived_workflow_summary(p_task_id bigint)
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
    WITH RECURSIVE walk AS (
        SELECT root.workflow_step_id, 0 AS level
          FROM tasker.archived_workflow_steps AS root
         WHERE root.task_id = p_task_id
           AND NOT EXISTS (
                   SELECT 1
                     FROM tasker.archived_workflow_step_edges AS edge
                    WHERE edge.task_id = p_task_id
                      AND edge.to_step_id = root.workflow_step_id)
        UNION
        SELECT edge.to_step_id, walk.level + 1
          FROM walk
          JOIN tasker.archived_workflow_step_edges AS edge
            ON edge.task_id = p_task_id
           AND edge.from_step_id = walk.workflow_step_id
    ),
    levels AS (
        SELECT walk.workflow_step_id, max(walk.level) AS level FROM walk GROUP BY walk.workflow_step_id
    ),
    shape AS (
        SELECT max(level.level) AS depth, max(level.steps)::integer AS branches
          FROM (SELECT levels.level, count(*) AS steps FROM levels GROUP BY levels.level) AS level
    ),
    steps AS (
        SELECT step.workflow_step_id,
               step.state,
               tasker.next_retry_at(step.state, step.retryable, step.permanent_failure, step.attempts, step.retry_limit,
                                    step.due_at) AS next_retry_at,
               levels.level = 0 AS is_root,
               step.state = 'pending'
                   OR tasker.retry_is_allowed(step.retryable, step.permanent_failure, step.attempts, step.retry_limit)
                   AS may_run,
               NOT EXISTS (
                   SELECT 1
                     FROM tasker.archived_workflow_step_edges AS edge
                     JOIN tasker.archived_workflow_steps AS parent
                       ON parent.task_id = p_task_id
                      AND parent.workflow_step_id = edge.from_step_id
                    WHERE edge.task_id = p_task_id
                      AND edge.to_step_id = step.workflow_step_id
                      AND NOT tasker.dependency_is_satisfied(parent.state)) AS is_satisfied
          FROM tasker.archived_workflow_steps AS step
          LEFT JOIN levels ON levels.workflow_step_id = step.workflow_step_id
         WHERE step.task_id = p_task_id
    ),
    counted AS (
        SELECT count(*) AS total,
               count(*) FILTER (WHERE steps.state = 'pending') AS pending,
               count(*) FILTER (WHERE steps.state = 'in_progress') AS in_progress,
               count(*) FILTER (WHERE tasker.dependency_is_satisfied(steps.state)) AS completed,
               count(*) FILTER (WHERE steps.state = 'error') AS failed,
               count(*) FILTER (WHERE steps.state = 'cancelled' OR (steps.state = 'error' AND NOT steps.may_run)) AS blocked,
               array_agg(steps.workflow_step_id ORDER BY steps.workflow_step_id) FILTER (WHERE steps.is_root) AS root_ids,
               array_agg(steps.workflow_step_id ORDER BY steps.workflow_step_id)
                   FILTER (WHERE steps.state IN ('pending', 'error')) AS blocked_ids,
               array_agg(CASE
                             WHEN NOT steps.is_satisfied THEN 'dependencies_not_satisfied'
                             WHEN NOT steps.may_run OR steps.next_retry_at > tasker.now() THEN 'retry_not_eligible'
                             ELSE 'unknown'
                         END
                         ORDER BY steps.workflow_step_id)
                   FILTER (WHERE steps.state IN ('pending', 'error')) AS reasons
          FROM steps
    ),
    judged AS (
        SELECT task.task_id,
               task.named_task_id,
               task.state,
               task.priority,
               task.start_at,
               task.created_at,
               CASE
                   WHEN counted.blocked > 0 AND task.failure_policy = 'fail_fast' THEN 'blocked_by_failures'
                   WHEN counted.in_progress > 0 THEN 'processing'
                   WHEN counted.completed = counted.total AND counted.total > 0 THEN 'all_complete'
                   WHEN counted.blocked > 0 AND counted.failed <= counted.blocked THEN 'blocked_by_failures'
                   ELSE 'waiting_for_dependencies'
               END AS execution_status
          FROM tasker.archived_tasks AS task
         CROSS JOIN counted
         WHERE task.task_id = p_task_id
    ),
    moved AS (
        SELECT max(trail.created_at) AS latest
          FROM (
              (SELECT transition.created_at
                 FROM tasker.archived_task_transitions AS transition
                WHERE transition.task_id = p_task_id
                ORDER BY transition.task_transition_id DESC
                LIMIT 1)
              UNION ALL
              (SELECT transition.created_at
                 FROM tasker.archived_workflow_step_transitions AS transition
                WHERE transition.task_id = p_task_id
                ORDER BY transition.workflow_step_transition_id DESC
                LIMIT 1)
          ) AS trail
    )
    SELECT judged.task_id,
           judged.named_task_id,
           judged.state::text,
           counted.total,
           counted.pending,
           counted.in_progress,
           counted.completed,
           counted.failed,
           0::bigint,
           judged.execution_status,
           CASE judged.execution_status
               WHEN 'processing' THEN 'wait_for_completion'
               WHEN 'blocked_by_failures' THEN 'handle_failures'
               WHEN 'all_complete' THEN 'finalize_task'
               WHEN 'waiting_for_dependencies' THEN 'wait_for_dependencies'
           END,
           CASE WHEN counted.total = 0 THEN 0.0 ELSE round(counted.completed * 100.0 / counted.total, 2) END,
           CASE WHEN counted.blocked > 0 THEN 'blocked' WHEN counted.failed = 0 THEN 'healthy' ELSE 'recovering' END,
           coalesce(counted.root_ids, '{}'),
           coalesce(cardinality(counted.root_ids), 0),
           '{}'::bigint[],
           coalesce(counted.blocked_ids, '{}'),
           coalesce(counted.reasons, '{}'),
           coalesce(shape.depth, 0),
           coalesce(shape.branches, 0),
           CASE
               WHEN counted.in_progress > 0 THEN 'processing'
               WHEN counted.failed > 0 THEN 'blocked'
               ELSE 'waiting'
           END,
           'no_ready_work',
           'ended',
           greatest(coalesce(judged.start_at, judged.created_at), moved.latest),
           'fresh',
           round(judged.priority + coalesce(counted.completed::numeric / nullif(counted.total, 0), 0), 4)
      FROM judged
     CROSS JOIN counted
     CROSS JOIN shape
     CROSS JOIN moved
$$;
