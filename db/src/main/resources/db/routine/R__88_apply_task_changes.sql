-- Writes what was decided about tasks: each task once, and a transition for each change of state.
--   Locks    nothing more: whoever decided holds the tasks.   Caller   advance, settle_tasks.
CREATE OR REPLACE FUNCTION tasker.apply_task_changes(p_changes tasker.task_change[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_now CONSTANT timestamptz := tasker.now();
BEGIN
    UPDATE tasker.tasks AS task
       SET state           = change.to_state,
           started_at      = CASE WHEN change.to_state = 'in_progress' THEN coalesce(task.started_at, v_now)
                                  ELSE task.started_at
                             END,
           ended_at        = CASE WHEN change.to_state <> 'in_progress' THEN v_now END,
           annotations_due = change.to_state <> 'in_progress' AND task.task_handler_key IS NOT NULL,
           updated_at      = v_now
      FROM unnest(p_changes) AS change
     WHERE task.task_id = change.task_id
       AND change.is_final;

    INSERT INTO tasker.task_transitions (task_transition_id, task_id, from_state, to_state, metadata, created_at)
    SELECT change.transition_id, change.task_id, change.from_state, change.to_state, change.metadata, v_now
      FROM unnest(p_changes) AS change;
END
$$;
