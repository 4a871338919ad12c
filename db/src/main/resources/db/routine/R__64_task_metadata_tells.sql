-- Whether metadata of a task's transition holds more than what every launch writes. Inlined: the predicate of the index
-- of that metadata, word by word.
CREATE OR REPLACE FUNCTION tasker.task_metadata_tells(p_metadata jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT p_metadata - '{worker}'::text[] <> '{}'
$$;
