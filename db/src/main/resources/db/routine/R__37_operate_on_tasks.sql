-- An operator's action on tasks, all or none of one call in one transaction; each task is judged for itself.
--   Takes    p_action (launch, pause, resume, cancel, retry, resolve), the states that it may start from and the one it
--            leads to: the caller's transition table decides what is legal, and narrows it for a compare-and-set.
--   Returns  first one row per task, kind done, already (it is in that state), refused or not_found, from_state being what was
--            found; then, kind change, every transition of this call in the order of events.
--   cancel   takes unfinished steps along; late outcomes are refused.
--   retry    tries again every step that is permanently blocked; refused where the task could not go on all the same,
--            because a step was cancelled.
--   Locks    workflow_steps by id, tasks by id (lock_tasks).   Caller   OperationStore.
CREATE OR REPLACE FUNCTION tasker.operate_on_tasks(
    p_action         text,
    p_task_ids       bigint[],
    p_from_states    text[],
    p_to_state       text,
    p_operator       text,
    p_reason         text,
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
    v_metadata  jsonb := jsonb_strip_nulls(jsonb_build_object(
                             'action', p_action, 'operator', p_operator, 'reason', nullif(p_reason, '')));
    v_before_id bigint;
    v_done_ids  bigint[];
    v_step_ids  bigint[] := '{}';
BEGIN
    PERFORM tasker.lock_tasks(p_task_ids);
    -- Taken under the locks: what others have appended has smaller ids.
    v_before_id := nextval('tasker.transition_ids');

    v_done_ids := ARRAY(
        SELECT task.task_id
          FROM tasker.tasks AS task
         WHERE task.task_id = ANY (p_task_ids)
           AND task.state = ANY (p_from_states)
           AND NOT (p_action = 'retry' AND tasker.task_is_blocked(task.task_id, true))
         ORDER BY task.task_id
    );
    RETURN QUERY
    SELECT CASE
               WHEN task.task_id IS NULL THEN 'not_found'
               WHEN task.task_id = ANY (v_done_ids) THEN 'done'
               WHEN task.state = p_to_state THEN 'already'
               ELSE 'refused'
           END,
           asked.task_id,
           NULL::bigint,
           NULL::text,
           task.state::text,
           p_to_state,
           CASE WHEN task.state = ANY (p_from_states) AND NOT task.task_id = ANY (v_done_ids)
                THEN jsonb_build_object('obstacle', 'step_cancelled')
                ELSE '{}'::jsonb
           END,
           tasker.now()
      FROM (SELECT DISTINCT unnest(p_task_ids) AS task_id) AS asked
      LEFT JOIN tasker.tasks AS task ON task.task_id = asked.task_id
     ORDER BY asked.task_id;
    IF cardinality(v_done_ids) = 0 THEN
        RETURN;
    END IF;

    INSERT INTO tasker.task_transitions (task_id, from_state, to_state, metadata)
    SELECT task.task_id, task.state, p_to_state, v_metadata
      FROM tasker.tasks AS task
     WHERE task.task_id = ANY (v_done_ids)
     ORDER BY task.task_id;
    UPDATE tasker.tasks AS task
       SET state      = p_to_state,
           ended_at   = CASE WHEN p_to_state IN ('cancelled', 'resolved_manually') THEN tasker.now() END,
           -- The time of a draft runs from its launch.
           deadline_at = CASE WHEN p_action = 'launch'
                              THEN greatest(task.start_at, tasker.now()) + task.deadline_after
                              ELSE task.deadline_at
                         END,
           updated_at = tasker.now()
     WHERE task.task_id = ANY (v_done_ids);

    IF p_action IN ('cancel', 'retry') THEN
        v_step_ids := ARRAY(
            SELECT step.workflow_step_id
              FROM tasker.workflow_steps AS step
             WHERE step.task_id = ANY (v_done_ids)
               AND CASE p_action
                       WHEN 'cancel' THEN step.state IN ('pending', 'in_progress')
                       ELSE step.state = 'error'
                            AND NOT tasker.retry_is_allowed(
                                    step.retryable, step.permanent_failure, step.attempts, step.retry_limit)
                   END
        );
        PERFORM tasker.move_steps(
            v_step_ids, CASE p_action WHEN 'cancel' THEN 'cancelled' ELSE 'pending' END, v_metadata, NULL, p_reset_attempts);
    END IF;
    PERFORM tasker.follow_operator(v_done_ids);

    RETURN QUERY
    SELECT change.kind, change.task_id, change.workflow_step_id, change.step_name, change.from_state, change.to_state,
           change.metadata, change.changed_at
      FROM tasker.changes_since(v_done_ids, v_before_id) AS change;
END
$$;
