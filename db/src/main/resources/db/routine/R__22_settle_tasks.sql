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
    v_now         CONSTANT timestamptz := tasker.now();
    v_outlook     record;
    v_ended_ids   bigint[] := '{}';
    v_ended_from  text[] := '{}';
    v_verdicts    text[] := '{}';
    v_metadata    jsonb[] := '{}';
    v_failed_ids  bigint[] := '{}';
BEGIN
    -- Ended tasks too, for the sake of the plan: by the state it would walk all unfinished tasks.
    PERFORM task.task_id
       FROM tasker.tasks AS task
      WHERE task.task_id = ANY (p_task_ids)
      ORDER BY task.task_id
        FOR NO KEY UPDATE;

    FOR v_outlook IN
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
         ORDER BY counted.task_id
    LOOP
        IF NOT tasker.task_is_live(v_outlook.state) THEN
            IF v_outlook.state = 'error' THEN
                v_failed_ids := v_failed_ids || v_outlook.task_id;
            END IF;
            CONTINUE;
        END IF;
        task_id := v_outlook.task_id;
        verdict := v_outlook.verdict;
        resumes_at := v_outlook.resumes_at;
        blocked_step_ids := v_outlook.blocked_step_ids;
        summary := jsonb_build_object(
            'state', v_outlook.state,
            'started_at', v_outlook.started_at,
            'total_steps', v_outlook.steps,
            'completed_steps', v_outlook.completed,
            'failed_steps', v_outlook.failed,
            'in_progress_steps', v_outlook.running,
            'pending_steps', v_outlook.pending);
        RETURN NEXT;
        CONTINUE WHEN v_outlook.verdict = 'waiting';

        v_ended_ids := v_ended_ids || v_outlook.task_id;
        v_verdicts := v_verdicts || v_outlook.verdict;
        IF v_outlook.verdict = 'error' THEN
            v_failed_ids := v_failed_ids || v_outlook.task_id;
            v_ended_from := v_ended_from || v_outlook.state::text;
            v_metadata := v_metadata || jsonb_build_object(
                'reason', 'steps_in_error_state', 'blocked_step_ids', to_jsonb(v_outlook.blocked_step_ids));
        ELSE
            -- A task whose steps were all skipped ends without a claim; it still passes through in_progress.
            IF v_outlook.state = 'pending' THEN
                INSERT INTO tasker.task_transitions (task_id, from_state, to_state, created_at)
                VALUES (v_outlook.task_id, 'pending', 'in_progress', v_now);
            END IF;
            v_ended_from := v_ended_from || 'in_progress'::text;
            v_metadata := v_metadata || '{}'::jsonb;
        END IF;
    END LOOP;

    -- Mostly a step runs again, and nothing has ended.
    IF cardinality(v_ended_ids) > 0 THEN
        UPDATE tasker.tasks AS task
           SET state           = ended.verdict,
               ended_at        = v_now,
               annotations_due = task.task_handler_key IS NOT NULL,
               updated_at      = v_now
          FROM unnest(v_ended_ids, v_verdicts) AS ended (task_id, verdict)
         WHERE task.task_id = ended.task_id;

        INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata, created_at)
        SELECT ended.task_id, ended.from_state, ended.verdict, ended.metadata, v_now
          FROM unnest(v_ended_ids, v_ended_from, v_verdicts, v_metadata) AS ended (task_id, from_state, verdict, metadata);
    END IF;
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
