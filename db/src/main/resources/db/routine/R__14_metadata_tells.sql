-- Whether metadata of a transition holds more than what every claim writes. Inlined: the predicate of the indexes of
-- metadata, word by word.
CREATE OR REPLACE FUNCTION tasker.metadata_tells(p_metadata jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT p_metadata - '{attempt,claim_id,worker}'::text[] <> '{}'
$$;
