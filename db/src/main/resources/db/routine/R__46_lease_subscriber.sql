-- Takes or prolongs the right to deliver to a durable subscriber; one process has it at a time.
--   Returns  whether the caller has it now.   Locks  the row of the subscriber.   Caller  EventSubscriberStore.lease.
CREATE OR REPLACE FUNCTION tasker.lease_subscriber(p_name text, p_owner text, p_lease interval)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE tasker.event_subscribers AS subscriber
       SET lease_owner = p_owner, lease_expires_at = tasker.now() + p_lease, updated_at = tasker.now()
     WHERE subscriber.name = p_name
       AND (subscriber.lease_owner IS NULL
            OR subscriber.lease_owner = p_owner
            OR subscriber.lease_expires_at <= tasker.now());
    RETURN FOUND;
END
$$;
