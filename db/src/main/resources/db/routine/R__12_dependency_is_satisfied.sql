-- Whether a step in this state lets its children run.
CREATE OR REPLACE FUNCTION tasker.dependency_is_satisfied(p_state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT p_state IN ('complete', 'resolved_manually', 'skipped')
$$;
