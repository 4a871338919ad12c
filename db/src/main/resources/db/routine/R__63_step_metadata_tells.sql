-- Whether metadata of a step's transition holds more than what every claim writes. Inlined: the predicate of the index
-- of that metadata, word by word.
CREATE OR REPLACE FUNCTION tasker.step_metadata_tells(p_metadata jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT p_metadata - '{attempt,claim_id,worker}'::text[] <> '{}'
$$;
