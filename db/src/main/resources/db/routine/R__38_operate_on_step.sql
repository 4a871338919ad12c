-- An operator's action on one step.
--   Takes    p_action (retry, resolve_manually, complete_manually, skip, cancel), the states that it may start from and the
--            one it leads to; p_results for the children; p_reset_attempts counts attempts anew.
--   Returns  as operate_on_tasks; the first row tells of the step. Refused, whatever the step's state, where the task is
--            complete, cancelled or resolved ("task_state" in the metadata tells which).
--   A step that is satisfied by it lets its children run. A task in error comes back (error -> pending) as soon as nothing
--   blocks it any more, and is settled: it may complete at once. Cancelling a step does not bring it back.
--   Locks    workflow_steps of the task by id, then the task (lock_tasks).   Caller   OperationStore.
CREATE OR REPLACE FUNCTION tasker.operate_on_step(
    p_action         text,
    p_step_id        bigint,
    p_from_states    text[],
    p_to_state       text,
    p_operator       text,
    p_reason         text,
    p_results        jsonb DEFAULT NULL,
    p_reset_attempts boolean DEFAULT false
) RETURNS TABLE (
    kind text, task_id bigint, workflow_step_id bigint, step_name text, from_state text, to_state text,
    metadata jsonb, changed_at timestamptz
)
LANGUAGE plpgsql
-- Every statement in it reaches few rows by their keys; see advance.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_metadata   jsonb := jsonb_strip_nulls(jsonb_build_object(
                              'action', p_action, 'operator', p_operator, 'reason', nullif(p_reason, '')));
    v_before_id  bigint;
    v_task_state text;
BEGIN
    kind := 'not_found';
    workflow_step_id := p_step_id;
    to_state := p_to_state;
    metadata := '{}';
    changed_at := tasker.now();
    SELECT step.task_id
      INTO task_id
      FROM tasker.workflow_steps AS step
     WHERE step.workflow_step_id = p_step_id;
    IF task_id IS NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    PERFORM tasker.lock_tasks(ARRAY[task_id]);
    -- Taken under the locks: what others have appended has smaller ids.
    v_before_id := nextval('tasker.transition_ids');
    SELECT step.name, step.state, task.state
      INTO step_name, from_state, v_task_state
      FROM tasker.workflow_steps AS step
      JOIN tasker.tasks AS task ON task.task_id = step.task_id
     WHERE step.workflow_step_id = p_step_id;
    IF from_state = p_to_state THEN
        kind := 'already';
    ELSIF v_task_state IN ('complete', 'cancelled', 'resolved_manually') THEN
        kind := 'refused';
        metadata := jsonb_build_object('task_state', v_task_state);
    ELSIF from_state = ANY (p_from_states) THEN
        kind := 'done';
    ELSE
        kind := 'refused';
    END IF;
    RETURN NEXT;
    IF kind <> 'done' THEN
        RETURN;
    END IF;

    PERFORM tasker.move_steps(ARRAY[p_step_id], p_to_state, v_metadata, p_results, p_reset_attempts);
    IF tasker.dependency_is_satisfied(p_to_state) THEN
        PERFORM tasker.release_children(ARRAY[p_step_id]);
    END IF;
    IF v_task_state = 'error' AND p_to_state <> 'cancelled' AND NOT tasker.task_is_blocked(task_id) THEN
        INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata)
        VALUES (task_id, 'error', 'pending', v_metadata || jsonb_build_object('workflow_step_id', p_step_id));
        UPDATE tasker.tasks AS task
           SET state = 'pending', ended_at = NULL, updated_at = tasker.now()
         WHERE task.task_id = operate_on_step.task_id;
    END IF;
    PERFORM tasker.follow_operator(ARRAY[task_id]);

    RETURN QUERY
    SELECT change.kind, change.task_id, change.workflow_step_id, change.step_name, change.from_state, change.to_state,
           change.metadata, change.changed_at
      FROM tasker.changes_since(ARRAY[operate_on_step.task_id], v_before_id) AS change;
END
$$;
