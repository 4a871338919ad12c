-- The audit trail of tasks and steps together, in the order of events; step is null for the task's own transitions.
CREATE OR REPLACE VIEW tasker.transitions AS
SELECT transition.task_transition_id AS transition_id,
       transition.task_id,
       NULL::bigint AS workflow_step_id,
       NULL::text AS step_name,
       transition.from_state,
       transition.to_state,
       transition.created_at,
       transition.metadata
  FROM tasker.task_transitions AS transition
UNION ALL
SELECT transition.workflow_step_transition_id,
       transition.task_id,
       transition.workflow_step_id,
       step.name::text,
       transition.from_state,
       transition.to_state,
       transition.created_at,
       transition.metadata
  FROM tasker.workflow_step_transitions AS transition
  JOIN tasker.workflow_steps AS step ON step.workflow_step_id = transition.workflow_step_id;
