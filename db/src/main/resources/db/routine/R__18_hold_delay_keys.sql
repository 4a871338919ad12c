-- Holds back every step with these keys until the time that a server has asked for; a longer hold stays.
--   Locks    delay_keys in order of key, after all steps and tasks.   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.hold_delay_keys(p_delay_keys text[], p_held_until timestamptz[], p_step_ids bigint[])
RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO tasker.delay_keys AS known (delay_key, held_until, workflow_step_id)
    SELECT DISTINCT ON (asked.delay_key) asked.delay_key, asked.held_until, asked.workflow_step_id
      FROM unnest(p_delay_keys, p_held_until, p_step_ids) AS asked (delay_key, held_until, workflow_step_id)
     ORDER BY asked.delay_key, asked.held_until DESC
    ON CONFLICT (delay_key) DO UPDATE
       SET held_until = excluded.held_until, workflow_step_id = excluded.workflow_step_id, updated_at = tasker.now()
     WHERE known.held_until < excluded.held_until
$$;
