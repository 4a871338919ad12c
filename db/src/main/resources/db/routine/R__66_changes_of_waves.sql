-- What some waves have changed, for the engine that sent them and got no answer.
--   Takes    claims with their steps, each with whether the wave is meant that recorded its outcome; else the one that made
--            the claim. What others did to a claim (a lease that ran out, an operator) belongs to no wave of its owner.
--   Returns  all transitions of these waves in the order of events, in the form of read_events.
--   Index    workflow_step_transitions_task_id_idx, then *_transitions_transaction_id_idx (BRIN).
--   Caller   WaveStore.committed.
CREATE OR REPLACE FUNCTION tasker.changes_of_waves(p_step_ids bigint[], p_claim_ids bigint[], p_recorded boolean[])
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
    v_transaction_ids bigint[];
BEGIN
    v_transaction_ids := ARRAY(
        SELECT DISTINCT moved.transaction_id
          FROM unnest(p_step_ids, p_claim_ids, p_recorded) AS claim (workflow_step_id, claim_id, is_recorded)
          JOIN tasker.workflow_steps AS step ON step.workflow_step_id = claim.workflow_step_id
          JOIN tasker.workflow_step_transitions AS moved
            ON moved.task_id = step.task_id
           AND moved.workflow_step_id = step.workflow_step_id
         WHERE (moved.metadata ->> 'claim_id')::bigint = claim.claim_id
           AND CASE WHEN claim.is_recorded
                    THEN moved.from_state = 'in_progress'
                         AND moved.metadata ->> 'reason' IS DISTINCT FROM 'lease_expired'
                         AND moved.metadata ->> 'action' IS NULL
                    ELSE moved.to_state = 'in_progress'
               END
    );

    RETURN QUERY
    SELECT change.transaction_id, change.transition_id, change.task_id, change.workflow_step_id, step.name::text,
           step.retry_limit, namespace.name::text, named_task.name::text, named_task.version::text,
           change.from_state::text, change.to_state::text, change.created_at, change.metadata
      FROM (
          SELECT moved.transaction_id, moved.task_transition_id AS transition_id, moved.task_id,
                 NULL::bigint AS workflow_step_id, moved.from_state, moved.to_state, moved.created_at, moved.metadata
            FROM unnest(v_transaction_ids) AS wave (transaction_id)
            JOIN tasker.task_transitions AS moved ON moved.transaction_id = wave.transaction_id
          UNION ALL
          SELECT moved.transaction_id, moved.workflow_step_transition_id, moved.task_id,
                 moved.workflow_step_id, moved.from_state, moved.to_state, moved.created_at, moved.metadata
            FROM unnest(v_transaction_ids) AS wave (transaction_id)
            JOIN tasker.workflow_step_transitions AS moved ON moved.transaction_id = wave.transaction_id
      ) AS change
      LEFT JOIN tasker.workflow_steps AS step ON step.workflow_step_id = change.workflow_step_id
      LEFT JOIN tasker.tasks AS task ON task.task_id = change.task_id
      LEFT JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
      LEFT JOIN tasker.task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
     ORDER BY change.transition_id;
END
$$;
