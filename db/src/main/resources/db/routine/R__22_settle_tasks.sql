-- Decides what becomes of tasks whose steps have just changed: complete, error, or wait.
--   Returns  one row per task that is still live; resumes_at is the earliest due time among steps that could run;
--            summary counts the steps, for the events.
--   Locks    tasks in order of id, before it looks at their steps: of two waves that finish the last two steps
--            of a task at the same time, the second one sees both.
--   Caller   advance, expire_leases, create_tasks.
-- The form of its rows has changed once.
DROP FUNCTION IF EXISTS tasker.settle_tasks(bigint[]);
CREATE FUNCTION tasker.settle_tasks(p_task_ids bigint[])
RETURNS TABLE (task_id bigint, verdict text, resumes_at timestamptz, blocked_step_ids bigint[], summary jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
    IF cardinality(p_task_ids) = 0 THEN
        RETURN;
    END IF;
    -- Ended tasks too, for the sake of the plan: by the state it would walk all unfinished tasks.
    PERFORM task.task_id
       FROM tasker.tasks AS task
      WHERE task.task_id = ANY (p_task_ids)
      ORDER BY task.task_id
        FOR NO KEY UPDATE;

    RETURN QUERY
    WITH outlook AS (
        SELECT task.task_id,
               task.state,
               task.failure_policy,
               bool_and(tasker.dependency_is_satisfied(step.state)) AS all_satisfied,
               bool_or(step.state = 'in_progress') AS is_running,
               bool_or(step.claimable) AS can_run,
               min(step.due_at) FILTER (WHERE step.claimable) AS resumes_at,
               array_agg(step.workflow_step_id ORDER BY step.workflow_step_id) FILTER (
                   WHERE step.state = 'cancelled'
                      OR (step.state = 'error' AND NOT tasker.retry_is_allowed(
                              step.retryable, step.permanent_failure, step.attempts, step.retry_limit))
               ) AS blocked_step_ids,
               jsonb_build_object(
                   'state', task.state,
                   'started_at', coalesce(task.started_at, task.created_at),
                   'total_steps', count(*),
                   'completed_steps', count(*) FILTER (WHERE tasker.dependency_is_satisfied(step.state)),
                   'failed_steps', count(*) FILTER (WHERE step.state = 'error'),
                   'in_progress_steps', count(*) FILTER (WHERE step.state = 'in_progress'),
                   'pending_steps', count(*) FILTER (WHERE step.state = 'pending')) AS summary
          FROM tasker.tasks AS task
          JOIN tasker.workflow_steps AS step ON step.task_id = task.task_id
         WHERE task.task_id = ANY (p_task_ids)
         GROUP BY task.task_id
    ),
    decided AS MATERIALIZED (
        SELECT outlook.task_id,
               outlook.state AS from_state,
               outlook.resumes_at,
               outlook.blocked_step_ids,
               outlook.summary,
               CASE
                   WHEN outlook.all_satisfied THEN 'complete'
                   WHEN outlook.blocked_step_ids IS NOT NULL
                        AND (outlook.failure_policy = 'fail_fast' OR NOT (outlook.is_running OR outlook.can_run))
                       THEN 'error'
                   ELSE 'waiting'
               END AS verdict
          FROM outlook
         WHERE tasker.task_is_live(outlook.state)
    ),
    ended AS (
        UPDATE tasker.tasks AS task
           SET state = decided.verdict, ended_at = tasker.now(), updated_at = tasker.now(),
               annotations_due = task.task_handler_key IS NOT NULL
          FROM decided
         WHERE task.task_id = decided.task_id
           AND decided.verdict IN ('complete', 'error')
    ),
    audited AS (
        INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata)
        SELECT passage.task_id, passage.from_state, passage.to_state, passage.metadata
          FROM (
              -- A task whose steps were all skipped ends without a claim; it still passes through in_progress.
              SELECT decided.task_id, 1 AS ordinal, 'pending' AS from_state, 'in_progress' AS to_state, '{}'::jsonb AS metadata
                FROM decided
               WHERE decided.verdict = 'complete' AND decided.from_state = 'pending'
              UNION ALL
              SELECT decided.task_id,
                     2,
                     CASE WHEN decided.verdict = 'complete' THEN 'in_progress' ELSE decided.from_state END,
                     decided.verdict,
                     CASE WHEN decided.verdict = 'error'
                          THEN jsonb_build_object('reason', 'steps_in_error_state', 'blocked_step_ids', to_jsonb(decided.blocked_step_ids))
                          ELSE '{}'::jsonb
                     END
                FROM decided
               WHERE decided.verdict IN ('complete', 'error')
               ORDER BY 1, 2
          ) AS passage
    ),
    withheld AS (
        -- What is left of a failed task stays as it is, and nobody claims it. Rows that another wave holds are
        -- skipped rather than waited for (steps are locked before tasks); a claim refuses them by the task's state.
        UPDATE tasker.workflow_steps AS step
           SET claimable = false, held = true, updated_at = tasker.now()
         WHERE step.workflow_step_id IN (
                   SELECT rest.workflow_step_id
                     FROM tasker.workflow_steps AS rest
                     JOIN decided ON decided.task_id = rest.task_id
                    WHERE decided.verdict = 'error'
                      AND rest.state IN ('pending', 'in_progress', 'error')
                      FOR UPDATE OF rest SKIP LOCKED)
    )
    SELECT decided.task_id, decided.verdict, decided.resumes_at, decided.blocked_step_ids, decided.summary
      FROM decided;
END
$$;
