-- Reads the next transitions for a durable subscriber, in the order of (transaction, transition).
--   Only rows of transactions older than every one that is still open: a row that becomes visible later never has a
--   place before one that was read.
--   After a restore into another server it first gives what is left of the old one; see follow_restore.
--   Returns  up to p_limit rows; where there were fewer, one more without a transition_id, whose transaction_id is the
--            last one that was looked at. No row at all: the caller's lease is over, or the subscriber is gone.
--   Locks    none; after a restore the row of the subscriber.
--   Index    *_transition_transaction_id_idx (BRIN), over windows of transactions that grow until there is enough:
--            a subscriber that is far behind does not sort the whole history for each batch.
--   Caller   EventSubscriberStore.read.
CREATE OR REPLACE FUNCTION tasker.read_events(p_name text, p_owner text, p_limit integer)
RETURNS TABLE (
    transaction_id bigint, transition_id bigint, task_id bigint, workflow_step_id bigint, step_name text,
    retry_limit integer, namespace text, task_name text, version text, from_state text, to_state text,
    created_at timestamptz, metadata jsonb)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    -- Beyond every transaction.
    c_end     CONSTANT bigint := 1::bigint << 60;
    v_place   tasker.event_subscribers;
    v_horizon bigint := tasker.event_horizon();
    v_until   bigint;
    v_limit   bigint;
    v_from    bigint;
    v_width   bigint;
    v_left    integer := p_limit;
    v_read    integer;
BEGIN
    v_place := (
        SELECT subscriber
          FROM tasker.event_subscribers AS subscriber
         WHERE subscriber.name = p_name
           AND subscriber.lease_owner = p_owner
           AND subscriber.lease_expires_at > tasker.now());
    IF v_place.name IS NULL THEN
        RETURN;
    END IF;
    -- The horizon of a server never goes back.
    IF v_place.earlier_transition_id IS NULL
       AND (v_place.position_server IS DISTINCT FROM tasker.server_identifier()
            OR v_place.position_transaction_id >= v_horizon) THEN
        PERFORM tasker.follow_restore(p_name, true);
        v_place := (SELECT subscriber FROM tasker.event_subscribers AS subscriber WHERE subscriber.name = p_name);
    END IF;

    LOOP
        v_limit := CASE WHEN v_place.earlier_transition_id IS NULL THEN v_horizon ELSE c_end END;
        v_until := coalesce(v_place.earlier_transition_id, 9223372036854775807);
        v_from := v_place.position_transaction_id;
        v_width := 16;
        WHILE v_left > 0 AND v_from < v_limit LOOP
            RETURN QUERY
            WITH passage AS MATERIALIZED (
                SELECT moved.transaction_id, moved.task_transition_id AS transition_id, moved.task_id,
                       NULL::bigint AS workflow_step_id, moved.from_state, moved.to_state, moved.created_at, moved.metadata
                  FROM tasker.task_transitions AS moved
                 WHERE moved.transaction_id >= v_from
                   AND moved.transaction_id < least(v_from + v_width, v_limit)
                   AND (moved.transaction_id, moved.task_transition_id)
                       > (v_place.position_transaction_id, v_place.position_transition_id)
                   -- Not by the index of ids: most of them are within these bounds.
                   AND moved.task_transition_id + 0 > v_place.done_transition_id
                   AND moved.task_transition_id + 0 <= v_until
                   AND NOT (moved.task_transition_id + 0 <= v_place.read_newest_id
                            AND (moved.transaction_id, moved.task_transition_id)
                                <= (v_place.read_transaction_id, v_place.read_transition_id))
                UNION ALL
                SELECT moved.transaction_id, moved.workflow_step_transition_id, moved.task_id,
                       moved.workflow_step_id, moved.from_state, moved.to_state, moved.created_at, moved.metadata
                  FROM tasker.workflow_step_transitions AS moved
                 WHERE moved.transaction_id >= v_from
                   AND moved.transaction_id < least(v_from + v_width, v_limit)
                   AND (moved.transaction_id, moved.workflow_step_transition_id)
                       > (v_place.position_transaction_id, v_place.position_transition_id)
                   -- Not by the index of ids: most of them are within these bounds.
                   AND moved.workflow_step_transition_id + 0 > v_place.done_transition_id
                   AND moved.workflow_step_transition_id + 0 <= v_until
                   AND NOT (moved.workflow_step_transition_id + 0 <= v_place.read_newest_id
                            AND (moved.transaction_id, moved.workflow_step_transition_id)
                                <= (v_place.read_transaction_id, v_place.read_transition_id))
            ),
            batch AS MATERIALIZED (
                SELECT *
                  FROM passage
                 ORDER BY passage.transaction_id, passage.transition_id
                 LIMIT v_left
            )
            SELECT batch.transaction_id, batch.transition_id, batch.task_id, batch.workflow_step_id, step.name::text,
                   step.retry_limit, namespace.name::text, named_task.name::text, named_task.version::text,
                   batch.from_state::text, batch.to_state::text, batch.created_at, batch.metadata
              FROM batch
              LEFT JOIN tasker.workflow_steps AS step ON step.workflow_step_id = batch.workflow_step_id
              LEFT JOIN tasker.tasks AS task ON task.task_id = batch.task_id
              LEFT JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
              LEFT JOIN tasker.task_namespaces AS namespace
                ON namespace.task_namespace_id = named_task.task_namespace_id
             ORDER BY batch.transaction_id, batch.transition_id;
            GET DIAGNOSTICS v_read = ROW_COUNT;
            v_left := v_left - v_read;
            v_from := least(v_from + v_width, v_limit);
            v_width := v_width * 2;
        END LOOP;
        EXIT WHEN v_place.earlier_transition_id IS NULL;
        IF v_left < p_limit THEN
            RETURN;
        END IF;
        -- All of it was delivered, and the position stored.
        PERFORM tasker.follow_restore(p_name, false);
        v_place := (SELECT subscriber FROM tasker.event_subscribers AS subscriber WHERE subscriber.name = p_name);
    END LOOP;

    IF v_left > 0 THEN
        transaction_id := greatest(v_horizon - 1, v_place.position_transaction_id);
        RETURN NEXT;
    END IF;
END
$$;
