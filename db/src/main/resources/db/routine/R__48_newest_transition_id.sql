-- The highest id that a transition may have now.
--   Caller   EventSubscriberStore, with each position that it stores.
CREATE OR REPLACE FUNCTION tasker.newest_transition_id()
RETURNS bigint
LANGUAGE sql VOLATILE
AS $$
    SELECT coalesce(pg_sequence_last_value('tasker.transition_ids'::regclass), 0)
$$;
