-- The schema, the one clock and the sequences that every later object may rely on.
-- Column defaults and triggers use tasker.now(), so it lives in a migration and not among the routines.

CREATE SCHEMA IF NOT EXISTS tasker;

-- The only clock. A test or a simulation moves it with: SET tasker.now = '2026-01-01 00:00:00+00'.
-- STABLE, and plain SQL so that it is inlined: a volatile clock in WHERE would switch an index off.
CREATE FUNCTION tasker.now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(nullif(current_setting('tasker.now', true), '')::timestamptz, statement_timestamp())
$$;

-- Fencing tokens: one per claim, never reused.
CREATE SEQUENCE tasker.claim_ids;

-- One sequence for both transition tables: order by id is the order of events.
CREATE SEQUENCE tasker.transition_ids;
