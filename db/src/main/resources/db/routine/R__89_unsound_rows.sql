-- Tasks, steps and transitions that break a rule which all routines keep; there are none. The rules stand here and not in
-- CHECK constraints because only routines write these tables, and each of their statements would read every check anew.
--   Takes    whether to look at unfinished tasks and their steps only: that is as much as there is active work.
--   Returns  the table, the id of the row, and the rule.
--   Caller   tests, and whoever doubts what he sees.
CREATE OR REPLACE FUNCTION tasker.unsound_rows(p_unfinished_only boolean DEFAULT true)
RETURNS TABLE (table_name text, row_id bigint, rule text)
LANGUAGE sql STABLE
AS $$
    WITH task AS MATERIALIZED (
        SELECT known.*
          FROM tasker.tasks AS known
         WHERE known.state IN ('draft', 'pending', 'in_progress', 'paused')
        UNION ALL
        SELECT known.*
          FROM tasker.tasks AS known
         WHERE NOT p_unfinished_only
           AND known.state NOT IN ('draft', 'pending', 'in_progress', 'paused')
    ),
    step AS MATERIALIZED (
        SELECT known.*
          FROM task
          JOIN tasker.workflow_steps AS known ON known.task_id = task.task_id
    )
    SELECT 'tasks', task.task_id, broken.rule
      FROM task
     CROSS JOIN LATERAL (VALUES
         ('the state is known', task.state IN ('draft', 'pending', 'in_progress', 'paused', 'complete', 'error', 'cancelled',
                                               'resolved_manually')),
         ('an ended task has the time of its end', (task.ended_at IS NOT NULL) = (task.state IN (
             'complete', 'error', 'cancelled', 'resolved_manually'))),
         ('the failure policy is known', task.failure_policy IN ('best_effort', 'fail_fast')),
         ('a deadline is a positive time', coalesce(task.deadline_after > interval '0', true)),
         ('the template exists', EXISTS (
             SELECT FROM tasker.named_tasks AS template WHERE template.named_task_id = task.named_task_id)),
         ('the number of steps is that of its steps', task.total_steps = (
             SELECT count(*) FROM tasker.workflow_steps AS counted WHERE counted.task_id = task.task_id))
     ) AS broken (rule, is_kept)
     WHERE NOT broken.is_kept
    UNION ALL
    SELECT 'workflow_steps', step.workflow_step_id, broken.rule
      FROM step
     CROSS JOIN LATERAL (VALUES
         ('the state is known', step.state IN ('pending', 'in_progress', 'complete', 'error', 'skipped', 'cancelled',
                                               'resolved_manually')),
         ('counters are not negative', step.attempts >= 0 AND step.retry_limit >= 0 AND step.unmet_dependencies >= 0),
         ('a claimable step can run', NOT step.claimable
             OR (step.state IN ('pending', 'error') AND step.unmet_dependencies = 0 AND NOT step.permanent_failure)),
         ('a held step is not claimable', NOT (step.claimable AND step.held)),
         ('a lease is held while in progress', (step.state = 'in_progress') = (step.lease_owner IS NOT NULL)
             AND (step.lease_owner IS NULL) = (step.lease_expires_at IS NULL)
             AND (step.lease_owner IS NULL OR step.claim_id IS NOT NULL))
     ) AS broken (rule, is_kept)
     WHERE NOT broken.is_kept
    UNION ALL
    SELECT 'workflow_steps', orphan.workflow_step_id, 'the task exists'
      FROM tasker.workflow_steps AS orphan
     WHERE NOT p_unfinished_only
       AND NOT EXISTS (SELECT FROM tasker.tasks AS known WHERE known.task_id = orphan.task_id)
    UNION ALL
    SELECT 'task_transitions', moved.task_transition_id, 'states are known, and metadata is an object'
      FROM tasker.task_transitions AS moved
     WHERE NOT p_unfinished_only
       AND NOT (moved.from_state IN ('draft', 'pending', 'in_progress', 'paused', 'complete', 'error', 'cancelled',
                                     'resolved_manually')
                AND moved.to_state IN ('draft', 'pending', 'in_progress', 'paused', 'complete', 'error', 'cancelled',
                                       'resolved_manually')
                AND jsonb_typeof(moved.metadata) = 'object')
    UNION ALL
    SELECT 'workflow_step_transitions', moved.workflow_step_transition_id, 'states are known, and metadata is an object'
      FROM tasker.workflow_step_transitions AS moved
     WHERE NOT p_unfinished_only
       AND NOT (moved.from_state IN ('pending', 'in_progress', 'complete', 'error', 'skipped', 'cancelled',
                                     'resolved_manually')
                AND moved.to_state IN ('pending', 'in_progress', 'complete', 'error', 'skipped', 'cancelled',
                                       'resolved_manually')
                AND jsonb_typeof(moved.metadata) = 'object')
$$;
