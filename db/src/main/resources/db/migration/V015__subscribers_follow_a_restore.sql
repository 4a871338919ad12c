-- A database that is dumped and restored elsewhere keeps the transaction ids of its transitions, but the new server counts
-- transactions from a number of its own. What a durable subscriber has got is told by these columns there, too; see
-- follow_restore.

ALTER TABLE tasker.event_subscribers
    -- The server (its system identifier) whose transactions the position counts; null where that is not known.
    ADD COLUMN position_server       bigint,
    -- The newest transition of all when the position was stored: no id above it had been delivered.
    ADD COLUMN newest_transition_id  bigint NOT NULL DEFAULT 0,
    -- What was delivered on an earlier server: up to this place, of the ids up to that one.
    ADD COLUMN read_transaction_id   bigint NOT NULL DEFAULT 0,
    ADD COLUMN read_transition_id    bigint NOT NULL DEFAULT 0,
    ADD COLUMN read_newest_id        bigint NOT NULL DEFAULT 0,
    -- Ids up to here are done with: they are of earlier servers.
    ADD COLUMN done_transition_id    bigint NOT NULL DEFAULT 0,
    -- While the rest of an earlier server is delivered: ids up to here are of it.
    ADD COLUMN earlier_transition_id bigint;

-- A position that this server cannot have given is of another one. Nobody knows how much of what was written since it
-- stands for; that subscriber gets all that the trail still has.
UPDATE tasker.event_subscribers AS subscriber
   SET newest_transition_id = coalesce(pg_sequence_last_value('tasker.transition_ids'::regclass), 0)
 WHERE subscriber.position_transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint;

DO $$
BEGIN
    UPDATE tasker.event_subscribers AS subscriber
       SET position_server = control.system_identifier
      FROM pg_control_system() AS control
     WHERE subscriber.newest_transition_id > 0;
EXCEPTION
    WHEN insufficient_privilege OR undefined_function THEN
        NULL;
END
$$;
