-- Whether metadata of a transition has a key. Inlined, so that it uses the index of metadata.
CREATE OR REPLACE FUNCTION tasker.metadata_has(p_metadata jsonb, p_key text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT p_metadata ? p_key
$$;
