-- Moves ready steps whose delay key is held to the end of the hold, so that claims do not meet them again and again.
--   Returns  how long the shortest of these holds lasts; null where nothing was moved.
--   Locks    workflow_steps, never waiting (SKIP LOCKED).
--   Index    workflow_steps_claimable_idx.   Caller   ready_steps.
CREATE OR REPLACE FUNCTION tasker.defer_delayed_steps(p_handler_key text)
RETURNS interval
LANGUAGE plpgsql
AS $$
DECLARE
    c_moved_max CONSTANT integer := 1000;
    v_held_ids  bigint[];
    v_until     timestamptz;
BEGIN
    v_held_ids := ARRAY(
        SELECT step.workflow_step_id
          FROM tasker.workflow_steps AS step
         WHERE step.claimable
           AND NOT step.queued_outside
           AND step.handler_key = p_handler_key
           AND step.due_at <= tasker.now()
           AND tasker.delay_key_is_held(step.delay_key)
         LIMIT c_moved_max
           FOR UPDATE OF step SKIP LOCKED
    );
    IF cardinality(v_held_ids) = 0 THEN
        RETURN NULL;
    END IF;
    WITH moved AS (
        UPDATE tasker.workflow_steps AS step
           SET due_at = delay.held_until, updated_at = tasker.now()
          FROM tasker.delay_keys AS delay
         WHERE step.workflow_step_id = ANY (v_held_ids)
           AND delay.delay_key = step.delay_key
        RETURNING delay.held_until
    )
    SELECT min(moved.held_until) INTO v_until FROM moved;
    RETURN v_until - tasker.now();
END
$$;
