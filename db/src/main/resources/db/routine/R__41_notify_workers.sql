-- Tells the other workers that work is ready; who cannot listen finds it by polling.
--   Takes    the worker that tells, which need not wake up itself.
--   Caller   an engine, on a connection of its own after the commit, at most every 50 ms: notifications are put in order by
--            a lock that all databases of the server share.
CREATE OR REPLACE FUNCTION tasker.notify_workers(p_worker text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- Nothing is lost with a notification: its commit need not reach the disk.
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM pg_notify('tasker_work', p_worker);
END
$$;
