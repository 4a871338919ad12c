-- Subscribes the session to what wakes a worker up: tasker_work (payload: the worker that made work ready) and
-- tasker_interrupts (payload: a task whose running steps may have been taken away).
--   Caller   the listener of an engine, on a connection that it keeps.
CREATE OR REPLACE FUNCTION tasker.listen_for_work() RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    LISTEN tasker_work;
    LISTEN tasker_interrupts;
END
$$;
