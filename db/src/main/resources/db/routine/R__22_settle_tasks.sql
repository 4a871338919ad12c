-- Decides what becomes of tasks whose steps have just changed: complete, error, or wait; and writes it.
--   Returns  one row per task that is still live; resumes_at is the earliest due time among steps that could run;
--            summary counts the steps, for the events.
--   Locks    tasks in order of id, before it looks at their steps: of two waves that finish the last two steps
--            of a task at the same time, the second one sees both.
--   Caller   advance, expire_leases, create_tasks, follow_operator.
-- The form of its rows has changed once.
DROP FUNCTION IF EXISTS tasker.settle_tasks(bigint[]);
CREATE FUNCTION tasker.settle_tasks(p_task_ids bigint[])
RETURNS TABLE (task_id bigint, verdict text, resumes_at timestamptz, blocked_step_ids bigint[], summary jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now        CONSTANT timestamptz := tasker.now();
    v_failed_ids bigint[];
BEGIN
    -- Ended tasks too, for the sake of the plan: by the state it would walk all unfinished tasks.
    PERFORM task.task_id
       FROM tasker.tasks AS task
      WHERE task.task_id = ANY (p_task_ids)
      ORDER BY task.task_id
        FOR NO KEY UPDATE;

    RETURN QUERY
    WITH outlook AS MATERIALIZED (
        SELECT counted.*,
               CASE
                   WHEN counted.all_satisfied THEN 'complete'
                   WHEN counted.blocked_step_ids IS NOT NULL
                        AND (counted.failure_policy = 'fail_fast' OR NOT (counted.running > 0 OR counted.can_run))
                       THEN 'error'
                   ELSE 'waiting'
               END AS verdict
          FROM (
              SELECT task.task_id,
                     task.state,
                     task.failure_policy,
                     coalesce(task.started_at, task.created_at) AS started_at,
                     bool_and(tasker.dependency_is_satisfied(step.state)) AS all_satisfied,
                     bool_or(step.claimable) AS can_run,
                     min(step.due_at) FILTER (WHERE step.claimable) AS resumes_at,
                     array_agg(step.workflow_step_id ORDER BY step.workflow_step_id) FILTER (
                         WHERE step.state = 'cancelled'
                            OR (step.state = 'error' AND NOT tasker.retry_is_allowed(
                                    step.retryable, step.permanent_failure, step.attempts, step.retry_limit))
                     ) AS blocked_step_ids,
                     count(*) AS steps,
                     count(*) FILTER (WHERE tasker.dependency_is_satisfied(step.state)) AS completed,
                     count(*) FILTER (WHERE step.state = 'error') AS failed,
                     count(*) FILTER (WHERE step.state = 'in_progress') AS running,
                     count(*) FILTER (WHERE step.state = 'pending') AS pending
                FROM tasker.tasks AS task
                JOIN tasker.workflow_steps AS step ON step.task_id = task.task_id
               WHERE task.task_id = ANY (p_task_ids)
               GROUP BY task.task_id
          ) AS counted
         WHERE tasker.task_is_live(counted.state)
    ),
    ended AS (
        UPDATE tasker.tasks AS task
           SET state           = outlook.verdict,
               ended_at        = v_now,
               annotations_due = task.task_handler_key IS NOT NULL,
               updated_at      = v_now
          FROM outlook
         WHERE task.task_id = outlook.task_id
           AND outlook.verdict <> 'waiting'
    ),
    recorded AS (
        INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata, created_at)
        SELECT passage.task_id, passage.from_state, passage.to_state, passage.metadata, v_now
          FROM (
              -- A task whose steps were all skipped ends without a claim; it still passes through in_progress.
              SELECT outlook.task_id, 1 AS place, 'pending' AS from_state, 'in_progress' AS to_state, '{}'::jsonb AS metadata
                FROM outlook
               WHERE outlook.verdict = 'complete'
                 AND outlook.state = 'pending'
              UNION ALL
              SELECT outlook.task_id, 2,
                     CASE WHEN outlook.verdict = 'complete' AND outlook.state = 'pending' THEN 'in_progress'
                          ELSE outlook.state
                     END,
                     outlook.verdict,
                     CASE WHEN outlook.verdict = 'complete' THEN '{}'::jsonb
                          ELSE jsonb_build_object('reason', 'steps_in_error_state',
                                                  'blocked_step_ids', to_jsonb(outlook.blocked_step_ids))
                     END
                FROM outlook
               WHERE outlook.verdict <> 'waiting'
               ORDER BY 1, 2
          ) AS passage
    )
    SELECT outlook.task_id,
           outlook.verdict,
           outlook.resumes_at,
           outlook.blocked_step_ids,
           jsonb_build_object(
               'state', outlook.state,
               'started_at', outlook.started_at,
               'total_steps', outlook.steps,
               'completed_steps', outlook.completed,
               'failed_steps', outlook.failed,
               'in_progress_steps', outlook.running,
               'pending_steps', outlook.pending)
      FROM outlook
     ORDER BY outlook.task_id;

    v_failed_ids := ARRAY(
        SELECT task.task_id
          FROM tasker.tasks AS task
         WHERE task.task_id = ANY (p_task_ids)
           AND task.state = 'error'
    );
    IF cardinality(v_failed_ids) > 0 THEN
        -- What is left of a failed task stays as it is, and nobody claims it. Rows that another wave holds are
        -- skipped rather than waited for (steps are locked before tasks); a claim refuses them by the task's state.
        UPDATE tasker.workflow_steps AS step
           SET claimable = false, held = true, updated_at = v_now
         WHERE step.workflow_step_id IN (
                   SELECT rest.workflow_step_id
                     FROM tasker.workflow_steps AS rest
                    WHERE rest.task_id = ANY (v_failed_ids)
                      AND rest.state IN ('pending', 'in_progress', 'error')
                      FOR UPDATE OF rest SKIP LOCKED);
    END IF;
END
$$;
