-- The whole system in numbers, each task and each step counted once, by the state on its row.
--   Tasks and steps are those of the live tables; archived_tasks counts what was archived.
--   retryable_error_steps + exhausted_retry_steps = error_steps; in_backoff_steps are those retryable ones whose next
--   attempt is not due yet.
--   Returns  one row.
--   Index    unfinished tasks, rare ends and rare states have theirs; what is complete is counted in an index, without
--            the rows, so that the cost grows with the live history and not with its size on disk.
--   Caller   HistoryStore.
CREATE OR REPLACE FUNCTION tasker.get_system_health_counts()
RETURNS TABLE (
    total_tasks             bigint,
    draft_tasks             bigint,
    pending_tasks           bigint,
    in_progress_tasks       bigint,
    paused_tasks            bigint,
    complete_tasks          bigint,
    error_tasks             bigint,
    cancelled_tasks         bigint,
    resolved_tasks          bigint,
    archived_tasks          bigint,
    total_steps             bigint,
    pending_steps           bigint,
    in_progress_steps       bigint,
    complete_steps          bigint,
    error_steps             bigint,
    skipped_steps           bigint,
    cancelled_steps         bigint,
    resolved_steps          bigint,
    retryable_error_steps   bigint,
    exhausted_retry_steps   bigint,
    in_backoff_steps        bigint,
    active_connections      bigint,
    max_connections         integer
)
LANGUAGE sql STABLE
SET enable_seqscan = off
AS $$
    WITH unfinished AS (
        SELECT count(*) FILTER (WHERE task.state = 'draft') AS draft,
               count(*) FILTER (WHERE task.state = 'pending') AS pending,
               count(*) FILTER (WHERE task.state = 'in_progress') AS in_progress,
               count(*) FILTER (WHERE task.state = 'paused') AS paused,
               count(*) AS total
          FROM tasker.tasks AS task
         WHERE task.state IN ('draft', 'pending', 'in_progress', 'paused')
    ),
    ended AS (
        SELECT count(*) FILTER (WHERE task.state = 'complete') AS complete,
               count(*) FILTER (WHERE task.state = 'error') AS error,
               count(*) FILTER (WHERE task.state = 'cancelled') AS cancelled,
               count(*) FILTER (WHERE task.state = 'resolved_manually') AS resolved,
               count(*) AS total
          FROM tasker.tasks AS task
         WHERE task.ended_at IS NOT NULL
    ),
    -- Only such tasks have steps that are still pending: a complete one has none.
    open_steps AS (
        SELECT count(*) AS pending
          FROM (
              SELECT task.task_id
                FROM tasker.tasks AS task
               WHERE task.state IN ('draft', 'pending', 'in_progress', 'paused')
              UNION ALL
              SELECT task.task_id
                FROM tasker.tasks AS task
               WHERE task.state IN ('error', 'cancelled', 'resolved_manually')
          ) AS incomplete
          JOIN tasker.workflow_steps AS step ON step.task_id = incomplete.task_id
         WHERE step.state = 'pending'
    ),
    running_steps AS (
        SELECT count(*) AS total
          FROM tasker.workflow_steps AS step
         WHERE step.state = 'in_progress'
    ),
    failed_steps AS (
        SELECT count(*) AS total,
               count(*) FILTER (WHERE tasker.retry_is_allowed(
                   step.retryable, step.permanent_failure, step.attempts, step.retry_limit)) AS retryable,
               count(*) FILTER (WHERE tasker.next_retry_at(
                   step.state, step.retryable, step.permanent_failure, step.attempts, step.retry_limit, step.due_at) > tasker.now())
                   AS in_backoff
          FROM tasker.workflow_steps AS step
         WHERE step.state = 'error'
    ),
    rare_steps AS (
        SELECT count(*) FILTER (WHERE step.state = 'skipped') AS skipped,
               count(*) FILTER (WHERE step.state = 'cancelled') AS cancelled,
               count(*) FILTER (WHERE step.state = 'resolved_manually') AS resolved,
               count(*) AS total
          FROM tasker.workflow_steps AS step
         WHERE step.state IN ('skipped', 'cancelled', 'resolved_manually')
    ),
    all_steps AS (
        SELECT count(*) AS total FROM tasker.workflow_steps AS step
    )
    SELECT unfinished.total + ended.total,
           unfinished.draft,
           unfinished.pending,
           unfinished.in_progress,
           unfinished.paused,
           ended.complete,
           ended.error,
           ended.cancelled,
           ended.resolved,
           (SELECT coalesce(sum(archived.tasks), 0)::bigint FROM tasker.archived_task_totals AS archived),
           all_steps.total,
           open_steps.pending,
           running_steps.total,
           all_steps.total - open_steps.pending - running_steps.total - failed_steps.total - rare_steps.total,
           failed_steps.total,
           rare_steps.skipped,
           rare_steps.cancelled,
           rare_steps.resolved,
           failed_steps.retryable,
           failed_steps.total - failed_steps.retryable,
           failed_steps.in_backoff,
           (SELECT count(*)
              FROM pg_stat_activity AS activity
             WHERE activity.datname = current_database()
               AND activity.state = 'active'),
           current_setting('max_connections')::integer
      FROM unfinished, ended, open_steps, running_steps, failed_steps, rare_steps, all_steps
$$;
