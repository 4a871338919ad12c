-- Gives a durable subscriber a place in the audit trail of a server to which its database was restored.
--
-- Transaction ids of the old server say nothing about those of the new one: a position may lie far ahead of all that is
-- written from now on, and old transitions may lie there too. Ids of transitions do tell: their sequence is restored with
-- the trail, so a new one has a higher id than every old one. What was delivered are the ids that existed when the
-- position was stored (newest_transition_id), as far as they lie before the position; all else is still to come.
--
-- A transition of a transaction that the new server has not begun yet is of an old one, and so are all lower ids. They
-- are delivered first (earlier_transition_id), in the order of the old server, and then never looked at again
-- (done_transition_id): when the new server's transactions reach those numbers, their rows are not mixed with new ones.
--
--   Takes    p_begins: the position is of another server; else the rest of an earlier one has been delivered.
--   Locks    the row of the subscriber.
--   Index    *_transaction_id_idx (BRIN), then the primary keys from their upper ends.
--   Caller   read_events.
CREATE OR REPLACE FUNCTION tasker.follow_restore(p_name text, p_begins boolean)
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
DECLARE
    v_done    bigint;
    v_newest  bigint;
    v_earlier bigint;
    v_first   bigint;
BEGIN
    UPDATE tasker.event_subscribers AS subscriber
       SET position_server       = tasker.server_identifier(),
           read_transaction_id   = CASE WHEN p_begins THEN subscriber.position_transaction_id ELSE subscriber.read_transaction_id END,
           read_transition_id    = CASE WHEN p_begins THEN subscriber.position_transition_id ELSE subscriber.read_transition_id END,
           read_newest_id        = CASE WHEN p_begins THEN subscriber.newest_transition_id ELSE subscriber.read_newest_id END,
           done_transition_id    = coalesce(subscriber.earlier_transition_id, subscriber.done_transition_id)
     WHERE subscriber.name = p_name
    RETURNING subscriber.done_transition_id, subscriber.read_newest_id INTO v_done, v_newest;

    -- Asked first, because the search from the upper end would go through all of a trail that has none.
    IF EXISTS (SELECT FROM tasker.task_transitions AS moved
                WHERE moved.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
       OR EXISTS (SELECT FROM tasker.workflow_step_transitions AS moved
                   WHERE moved.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint) THEN
        -- The bound is of the same snapshot as the rows: what this server has written is never beyond it.
        SELECT max(newest.transition_id)
          INTO v_earlier
          FROM ((SELECT moved.task_transition_id AS transition_id
                   FROM tasker.task_transitions AS moved
                  WHERE moved.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                    AND moved.task_transition_id > v_done
                  ORDER BY moved.task_transition_id DESC
                  LIMIT 1)
                UNION ALL
                (SELECT moved.workflow_step_transition_id
                   FROM tasker.workflow_step_transitions AS moved
                  WHERE moved.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                    AND moved.workflow_step_transition_id > v_done
                  ORDER BY moved.workflow_step_transition_id DESC
                  LIMIT 1)) AS newest;
    END IF;

    -- Ids that came later may lie before the position.
    SELECT least(
               (SELECT min(moved.transaction_id)
                  FROM tasker.task_transitions AS moved
                 WHERE moved.task_transition_id > greatest(v_newest, v_done)),
               (SELECT min(moved.transaction_id)
                  FROM tasker.workflow_step_transitions AS moved
                 WHERE moved.workflow_step_transition_id > greatest(v_newest, v_done)))
      INTO v_first;

    UPDATE tasker.event_subscribers AS subscriber
       SET earlier_transition_id   = v_earlier,
           position_transaction_id = place.transaction_id,
           position_transition_id  = CASE WHEN place.transaction_id < subscriber.read_transaction_id
                                          THEN 9223372036854775807
                                          ELSE subscriber.read_transition_id
                                     END
      FROM (
          -- LEAST ignores nulls. What this server is still to write lies behind its horizon.
          SELECT known.name,
                 least(known.read_transaction_id,
                       v_first - 1,
                       CASE WHEN v_earlier IS NULL
                            THEN pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1
                       END) AS transaction_id
            FROM tasker.event_subscribers AS known
           WHERE known.name = p_name
      ) AS place
     WHERE subscriber.name = place.name;
END
$$;
