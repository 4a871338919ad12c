-- Whether steps of a task in this state may be claimed.
CREATE OR REPLACE FUNCTION tasker.task_is_live(p_state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT p_state IN ('pending', 'in_progress')
$$;
