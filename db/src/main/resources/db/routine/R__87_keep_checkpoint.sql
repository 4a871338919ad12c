-- Stores what a running attempt leaves for its step's next one, in place of what was left before.
--   Returns  whether it was stored: false where the claim is no longer the step's.
--   Locks    the step, shared: whoever takes the claim away waits for this, and the renewal of its lease comes back.
--   Caller   a heartbeat with a checkpoint.
CREATE OR REPLACE FUNCTION tasker.keep_checkpoint(p_step_id bigint, p_claim_id bigint, p_checkpoint jsonb)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    v_task_id bigint;
BEGIN
    SELECT step.task_id
      INTO v_task_id
      FROM tasker.workflow_steps AS step
     WHERE step.workflow_step_id = p_step_id
       AND step.claim_id = p_claim_id
       AND step.state = 'in_progress'
       FOR SHARE;
    IF v_task_id IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO tasker.step_checkpoints AS known (workflow_step_id, task_id, claim_id, checkpoint)
    VALUES (p_step_id, v_task_id, p_claim_id, p_checkpoint)
    ON CONFLICT (workflow_step_id) DO UPDATE
       SET claim_id   = excluded.claim_id,
           checkpoint = excluded.checkpoint,
           updated_at = tasker.now();
    RETURN true;
END
$$;
