-- Decides what becomes of tasks whose steps have just changed: complete, error, or wait; and writes it.
--   Takes    p_changes: other changes of tasks that the caller has decided, to be written in the same go.
--   Returns  one row per task that is still live; resumes_at is the earliest due time among steps that could run;
--            summary counts the steps, for the events.
--   Locks    tasks in order of id, before it looks at their steps: of two waves that finish the last two steps
--            of a task at the same time, the second one sees both.
--   Caller   advance, expire_leases, create_tasks, follow_operator.
-- The form of its rows has changed once, and its parameters, too.
DROP FUNCTION IF EXISTS tasker.settle_tasks(bigint[]);
DROP FUNCTION IF EXISTS tasker.settle_tasks(bigint[], tasker.task_change[]);
CREATE FUNCTION tasker.settle_tasks(p_task_ids bigint[], p_changes tasker.task_change[] DEFAULT '{}')
RETURNS TABLE (task_id bigint, verdict text, resumes_at timestamptz, blocked_step_ids bigint[], summary jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_changes    tasker.task_change[] := p_changes;
    v_failed_ids bigint[] := '{}';
    v_task       record;
BEGIN
    IF cardinality(p_task_ids) > 0 THEN
        -- Ended tasks too, for the sake of the plan: by the state it would walk all unfinished tasks.
        PERFORM task.task_id
           FROM tasker.tasks AS task
          WHERE task.task_id = ANY (p_task_ids)
          ORDER BY task.task_id
            FOR NO KEY UPDATE;
    END IF;

    FOR v_task IN
        SELECT outlook.*,
               CASE
                   WHEN outlook.all_satisfied THEN 'complete'
                   WHEN outlook.blocked_step_ids IS NOT NULL
                        AND (outlook.failure_policy = 'fail_fast' OR NOT (outlook.is_running OR outlook.can_run))
                       THEN 'error'
                   ELSE 'waiting'
               END AS verdict
          FROM (
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
               ORDER BY task.task_id
          ) AS outlook
         WHERE tasker.task_is_live(outlook.state)
    LOOP
        IF v_task.verdict = 'complete' AND v_task.state = 'pending' THEN
            -- A task whose steps were all skipped ends without a claim; it still passes through in_progress.
            v_changes := v_changes || ROW(nextval('tasker.transition_ids'), v_task.task_id, 'pending', 'in_progress', false,
                                          '{}')::tasker.task_change;
            v_changes := v_changes || ROW(nextval('tasker.transition_ids'), v_task.task_id, 'in_progress', 'complete', true,
                                          '{}')::tasker.task_change;
        ELSIF v_task.verdict = 'complete' THEN
            v_changes := v_changes || ROW(nextval('tasker.transition_ids'), v_task.task_id, v_task.state, 'complete', true,
                                          '{}')::tasker.task_change;
        ELSIF v_task.verdict = 'error' THEN
            v_failed_ids := v_failed_ids || v_task.task_id;
            v_changes := v_changes || ROW(
                nextval('tasker.transition_ids'), v_task.task_id, v_task.state, 'error', true,
                jsonb_build_object('reason', 'steps_in_error_state',
                                   'blocked_step_ids', to_jsonb(v_task.blocked_step_ids)))::tasker.task_change;
        END IF;
        task_id := v_task.task_id;
        verdict := v_task.verdict;
        resumes_at := v_task.resumes_at;
        blocked_step_ids := v_task.blocked_step_ids;
        summary := v_task.summary;
        RETURN NEXT;
    END LOOP;

    IF cardinality(v_changes) > 0 THEN
        PERFORM tasker.apply_task_changes(v_changes);
    END IF;
    IF cardinality(v_failed_ids) > 0 THEN
        -- What is left of a failed task stays as it is, and nobody claims it. Rows that another wave holds are
        -- skipped rather than waited for (steps are locked before tasks); a claim refuses them by the task's state.
        UPDATE tasker.workflow_steps AS step
           SET claimable = false, held = true, updated_at = tasker.now()
         WHERE step.workflow_step_id IN (
                   SELECT rest.workflow_step_id
                     FROM tasker.workflow_steps AS rest
                    WHERE rest.task_id = ANY (v_failed_ids)
                      AND rest.state IN ('pending', 'in_progress', 'error')
                      FOR UPDATE OF rest SKIP LOCKED);
    END IF;
END
$$;
