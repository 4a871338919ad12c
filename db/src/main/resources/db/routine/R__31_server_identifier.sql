-- Which server this is: the identifier that was made with its data directory; 0 where it does not tell.
--   Caller   read_events, follow_restore, EventSubscriberStore.
CREATE OR REPLACE FUNCTION tasker.server_identifier()
RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT control.system_identifier FROM pg_control_system() AS control);
EXCEPTION
    WHEN insufficient_privilege OR undefined_function THEN
        RETURN 0;
END
$$;
