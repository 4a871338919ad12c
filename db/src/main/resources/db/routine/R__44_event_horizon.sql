-- The oldest transaction that may still write: what older ones wrote is complete and can be read in order.
--   A write transaction that stays open, anywhere on this server, holds it back.
--   Caller   read_events, EventSubscriberStore.
CREATE OR REPLACE FUNCTION tasker.event_horizon()
RETURNS bigint
LANGUAGE sql VOLATILE
AS $$
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint
$$;
