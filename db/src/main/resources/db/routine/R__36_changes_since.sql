-- The transitions of tasks and of their steps that have higher ids than a given one, in the order of events.
--   Index    task_transitions_task_id_idx, workflow_step_transitions_task_id_idx.
--   Caller   operate_on_tasks, operate_on_step.
CREATE OR REPLACE FUNCTION tasker.changes_since(p_task_ids bigint[], p_transition_id bigint)
RETURNS TABLE (
    kind text, task_id bigint, workflow_step_id bigint, step_name text, from_state text, to_state text,
    metadata jsonb, changed_at timestamptz
)
LANGUAGE sql STABLE
AS $$
    SELECT 'change', change.task_id, change.workflow_step_id, step.name::text, change.from_state::text,
           change.to_state::text, change.metadata, change.created_at
      FROM (
          SELECT task_change.task_transition_id AS transition_id, task_change.task_id, NULL::bigint AS workflow_step_id,
                 task_change.from_state, task_change.to_state, task_change.metadata, task_change.created_at
            FROM tasker.task_transitions AS task_change
           WHERE task_change.task_id = ANY (p_task_ids)
             AND task_change.task_transition_id > p_transition_id
          UNION ALL
          SELECT step_change.workflow_step_transition_id, step_change.task_id, step_change.workflow_step_id,
                 step_change.from_state, step_change.to_state, step_change.metadata, step_change.created_at
            FROM tasker.workflow_step_transitions AS step_change
           WHERE step_change.task_id = ANY (p_task_ids)
             AND step_change.workflow_step_transition_id > p_transition_id
      ) AS change
      LEFT JOIN tasker.workflow_steps AS step ON step.workflow_step_id = change.workflow_step_id
     ORDER BY change.transition_id
$$;
