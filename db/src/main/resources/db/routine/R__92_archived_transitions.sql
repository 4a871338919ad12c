-- The audit trail of an archived task and its steps: transitions as it was. Ask by task_id.
--   Index    the primary keys.   Caller   ArchivedTaskStore.
CREATE OR REPLACE VIEW tasker.archived_transitions AS
SELECT transition.task_transition_id AS transition_id,
       transition.task_id,
       NULL::bigint AS workflow_step_id,
       NULL::text AS step_name,
       transition.from_state,
       transition.to_state,
       transition.created_at,
       transition.metadata
  FROM tasker.archived_task_transitions AS transition
UNION ALL
SELECT transition.workflow_step_transition_id,
       transition.task_id,
       transition.workflow_step_id,
       step.name::text,
       transition.from_state,
       transition.to_state,
       transition.created_at,
       transition.metadata
  FROM tasker.archived_workflow_step_transitions AS transition
  JOIN tasker.archived_workflow_steps AS step
    ON step.task_id = transition.task_id
   AND step.workflow_step_id = transition.workflow_step_id;
