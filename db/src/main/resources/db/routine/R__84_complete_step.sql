-- complete_steps for one outcome, which is what a task that runs alone is made of. Of a step with no child, or with one that
-- can be claimed at once, everything is written here, one row at a time; whatever else follows is written by continue_steps.
--   Locks    the step; then its child.   Caller   advance.
CREATE OR REPLACE FUNCTION tasker.complete_step(
    p_step_id            bigint,
    p_claim_id           bigint,
    p_results            jsonb,
    p_worker             text,
    p_lease              interval,
    p_slots              integer,
    p_open_keys          text[],
    p_waiting_keys       text[],
    p_waiting_priorities integer[],
    p_waiting_since      timestamptz[],
    p_task_id            bigint
) RETURNS tasker.completed_steps
LANGUAGE plpgsql
AS $$
DECLARE
    v_now      CONSTANT timestamptz := tasker.now();
    v_done     record;
    v_child    record;
    v_children bigint[];
    v_told     jsonb;
    v_ended    record;
BEGIN
    UPDATE tasker.workflow_steps AS step
       SET state                   = 'complete',
           results                 = p_results,
           error                   = NULL,
           permanent_failure       = false,
           backoff_request_seconds = NULL,
           ended_at                = v_now,
           lease_owner             = NULL,
           lease_expires_at        = NULL,
           updated_at              = v_now
     WHERE step.workflow_step_id = p_step_id
       AND step.claim_id = p_claim_id
       AND step.lease_owner IS NOT NULL
    RETURNING step.task_id, step.attempts, step.name::text AS name
      INTO v_done;
    IF NOT FOUND THEN
        RETURN ROW('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', false, '{}', '{}', '{}', NULL, NULL)::tasker.completed_steps;
    END IF;

    v_children := ARRAY(SELECT edge.to_step_id FROM tasker.workflow_step_edges AS edge WHERE edge.from_step_id = p_step_id);
    IF cardinality(v_children) = 1 AND p_slots > 0 AND pg_column_size(p_results) <= 512 * 1024 THEN
        UPDATE tasker.workflow_steps AS step
           SET state              = 'in_progress',
               unmet_dependencies = 0,
               attempts           = step.attempts + 1,
               claim_id           = nextval('tasker.claim_ids'),
               last_attempted_at  = v_now,
               lease_owner        = p_worker,
               lease_expires_at   = v_now + p_lease,
               updated_at         = v_now
         WHERE step.workflow_step_id = v_children[1]
           AND step.unmet_dependencies = 1
           AND step.state = 'pending'
           AND NOT step.held
           AND step.due_at <= v_now
           AND step.delay_key IS NULL
           AND CASE WHEN p_task_id IS NULL THEN NOT step.queued_outside ELSE step.task_id = p_task_id END
           AND step.handler_key = ANY (p_open_keys)
           AND (SELECT task.state FROM tasker.tasks AS task WHERE task.task_id = v_done.task_id) = 'in_progress'
           -- It has no other parent, of which it would have to be told, too.
           AND NOT EXISTS (
                   SELECT
                     FROM tasker.workflow_step_edges AS other
                    WHERE other.to_step_id = step.workflow_step_id
                      AND other.from_step_id <> p_step_id)
        RETURNING step.claim_id, step.attempts, step.handler_key, step.retryable, step.retry_limit, step.inputs,
                  step.results, step.named_tasks_named_step_id
          INTO v_child;
        IF FOUND THEN
            INSERT INTO tasker.workflow_step_transitions
                   (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
            VALUES (v_done.task_id, p_step_id, 'in_progress', 'complete',
                    jsonb_build_object('attempt', v_done.attempts, 'claim_id', p_claim_id, 'worker', p_worker), v_now),
                   (v_done.task_id, v_children[1], 'pending', 'in_progress',
                    jsonb_build_object('attempt', v_child.attempts, 'claim_id', v_child.claim_id, 'worker', p_worker), v_now);
            v_told := jsonb_build_object(v_done.name, jsonb_build_object('state', 'complete', 'results', p_results));
            RETURN ROW(
                ARRAY[p_step_id], ARRAY[v_done.task_id], ARRAY[p_claim_id],
                ARRAY[v_done.task_id], v_children, ARRAY[v_child.claim_id],
                ARRAY[split_part(v_child.handler_key, ':', 1)],
                ARRAY[tasker.claim_payload(
                    'pending', v_child.attempts, v_now, v_child.retryable, v_child.retry_limit, v_child.inputs,
                    v_child.results, v_child.named_tasks_named_step_id, v_told)],
                false, '{}', '{}', '{}', NULL, NULL)::tasker.completed_steps;
        END IF;
    ELSIF cardinality(v_children) = 0 THEN
        INSERT INTO tasker.workflow_step_transitions (task_id, workflow_step_id, from_state, to_state, metadata, created_at)
        VALUES (v_done.task_id, p_step_id, 'in_progress', 'complete',
                jsonb_build_object('attempt', v_done.attempts, 'claim_id', p_claim_id, 'worker', p_worker), v_now);
        v_ended := tasker.end_tasks(ARRAY[v_done.task_id]);
        RETURN ROW(
            ARRAY[p_step_id], ARRAY[v_done.task_id], ARRAY[p_claim_id], '{}', '{}', '{}', '{}', '{}', false,
            v_ended.task_ids, v_ended.summaries, v_ended.settle_ids, NULL, NULL)::tasker.completed_steps;
    END IF;
    RETURN tasker.continue_steps(
        ARRAY[p_step_id], ARRAY[v_done.task_id], ARRAY[p_claim_id], ARRAY[v_done.attempts], ARRAY[v_done.name],
        ARRAY[p_results], p_worker, p_lease, p_slots, p_open_keys, p_waiting_keys, p_waiting_priorities, p_waiting_since,
        p_task_id, '{}');
END
$$;
