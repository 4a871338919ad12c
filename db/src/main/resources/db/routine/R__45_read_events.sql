-- Reads the next transitions for a durable subscriber, in the order of (transaction, transition).
--   Only rows of transactions older than every one that is still open: a row that becomes visible later never has a
--   place before one that was read.
--   Returns  up to p_limit rows; where there were fewer, one more without a transition_id, whose transaction_id is the
--            last one that was looked at. No row at all: the caller's lease is over, or the subscriber is gone.
--   Locks    none.
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
    v_after_transaction bigint;
    v_after_transition  bigint;
    v_from              bigint;
    v_width             bigint := 16;
    v_horizon           bigint := tasker.event_horizon();
    v_left              integer := p_limit;
    v_read              integer;
BEGIN
    SELECT subscriber.position_transaction_id, subscriber.position_transition_id
      INTO v_after_transaction, v_after_transition
      FROM tasker.event_subscribers AS subscriber
     WHERE subscriber.name = p_name
       AND subscriber.lease_owner = p_owner
       AND subscriber.lease_expires_at > tasker.now();
    IF NOT FOUND THEN
        RETURN;
    END IF;

    v_from := v_after_transaction;
    WHILE v_left > 0 AND v_from < v_horizon LOOP
        RETURN QUERY
        WITH passage AS MATERIALIZED (
            SELECT moved.transaction_id, moved.task_transition_id AS transition_id, moved.task_id,
                   NULL::bigint AS workflow_step_id, moved.from_state, moved.to_state, moved.created_at, moved.metadata
              FROM tasker.task_transitions AS moved
             WHERE moved.transaction_id >= v_from
               AND moved.transaction_id < least(v_from + v_width, v_horizon)
               AND (moved.transaction_id, moved.task_transition_id) > (v_after_transaction, v_after_transition)
            UNION ALL
            SELECT moved.transaction_id, moved.workflow_step_transition_id, moved.task_id,
                   moved.workflow_step_id, moved.from_state, moved.to_state, moved.created_at, moved.metadata
              FROM tasker.workflow_step_transitions AS moved
             WHERE moved.transaction_id >= v_from
               AND moved.transaction_id < least(v_from + v_width, v_horizon)
               AND (moved.transaction_id, moved.workflow_step_transition_id) > (v_after_transaction, v_after_transition)
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
        v_from := least(v_from + v_width, v_horizon);
        v_width := v_width * 2;
    END LOOP;

    IF v_left > 0 THEN
        transaction_id := greatest(v_horizon - 1, v_after_transaction);
        RETURN NEXT;
    END IF;
END
$$;
