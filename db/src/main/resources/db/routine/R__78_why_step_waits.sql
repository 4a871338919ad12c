-- Why a step is not running: every reason that holds now, what it waits for first.
--   Returns  no row for an unknown step. reason is one of
--            ended, running, lease_expired, task_draft, task_paused, task_ended, waiting_for_parents, failed_for_good,
--            backing_off, not_due, delay_requested, no_worker, workers_busy, concurrency_limit, rate_limit,
--            queued_outside, ready
--            waits_until is set where time alone ends the wait; details names ids, for programs.
--   A worker counts as alive for a minute after it was last seen.
--   Caller   people and programs that look at one step; it reads running steps of the workers that could run it.
CREATE OR REPLACE FUNCTION tasker.why_step_waits(p_step_id bigint)
RETURNS TABLE (reason text, explanation text, waits_until timestamptz, details jsonb)
LANGUAGE plpgsql STABLE
-- No statement in it gets another plan by its values. Where many steps run, one that is made for the handler at hand looks
-- cheaper by a constant, and would be made each time.
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    c_worker_silence_max CONSTANT interval := interval '1 minute';
    c_listed_max         CONSTANT integer := 20;
    v_step    tasker.workflow_steps;
    v_task    tasker.tasks;
    v_limits  tasker.handler_limits;
    v_delay   tasker.delay_keys;
    v_move    record;
    v_parents jsonb;
    v_names   text;
    v_workers jsonb;
    v_idle    boolean;
    v_narrow  boolean;
    v_found   boolean := false;
BEGIN
    SELECT step.* INTO v_step FROM tasker.workflow_steps AS step WHERE step.workflow_step_id = p_step_id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT task.* INTO v_task FROM tasker.tasks AS task WHERE task.task_id = v_step.task_id;

    IF v_step.state IN ('complete', 'skipped', 'cancelled', 'resolved_manually') THEN
        RETURN QUERY SELECT 'ended', format('the step has ended: %s', v_step.state), NULL::timestamptz,
                            jsonb_build_object('state', v_step.state, 'ended_at', v_step.ended_at);
        RETURN;
    END IF;
    IF v_step.state = 'in_progress' THEN
        SELECT worker.* INTO v_move FROM tasker.workers AS worker WHERE worker.worker_id = v_step.lease_owner;
        RETURN QUERY
        SELECT CASE WHEN v_step.lease_expires_at < tasker.now() THEN 'lease_expired' ELSE 'running' END,
               format(CASE WHEN v_step.lease_expires_at < tasker.now()
                           THEN 'worker %s has not renewed its lease of attempt %s, which ended at %s; another worker takes the step over'
                           ELSE 'attempt %2$s is running in worker %1$s; its lease holds until %3$s'
                      END,
                      v_step.lease_owner, v_step.attempts, v_step.lease_expires_at),
               v_step.lease_expires_at,
               jsonb_build_object('worker', v_step.lease_owner, 'attempt', v_step.attempts, 'claim_id', v_step.claim_id,
                                  'lease_expires_at', v_step.lease_expires_at, 'started_at', v_step.last_attempted_at,
                                  'host', v_move.host, 'process_id', v_move.process_id,
                                  'worker_last_seen_at', v_move.last_seen_at);
        RETURN;
    END IF;

    IF NOT tasker.task_is_live(v_task.state) THEN
        SELECT transition.created_at, transition.metadata
          INTO v_move
          FROM tasker.task_transitions AS transition
         WHERE transition.task_id = v_task.task_id
         ORDER BY transition.task_transition_id DESC
         LIMIT 1;
        RETURN QUERY
        SELECT CASE v_task.state WHEN 'draft' THEN 'task_draft' WHEN 'paused' THEN 'task_paused' ELSE 'task_ended' END,
               CASE v_task.state
                   WHEN 'draft' THEN 'the task is a draft; launch it'
                   WHEN 'paused' THEN concat('the task is paused since ', v_move.created_at,
                                             ' by ' || (v_move.metadata ->> 'operator'),
                                             ': ' || (v_move.metadata ->> 'reason'), '; resume it')
                   ELSE concat('the task has ended: ', v_task.state, ' (' || (v_move.metadata ->> 'reason') || ')')
               END,
               NULL::timestamptz,
               jsonb_strip_nulls(jsonb_build_object(
                   'task_id', v_task.task_id, 'state', v_task.state, 'since', v_move.created_at,
                   'operator', v_move.metadata -> 'operator', 'reason', v_move.metadata -> 'reason'));
        v_found := true;
    END IF;

    SELECT jsonb_agg(jsonb_build_object('workflow_step_id', parent.workflow_step_id, 'name', parent.name, 'state', parent.state)
                     ORDER BY parent.workflow_step_id),
           string_agg(format('%s (%s)', parent.name, parent.state), ', ' ORDER BY parent.workflow_step_id)
      INTO v_parents, v_names
      FROM tasker.workflow_step_edges AS edge
      JOIN tasker.workflow_steps AS parent ON parent.workflow_step_id = edge.from_step_id
     WHERE edge.to_step_id = p_step_id
       AND NOT tasker.dependency_is_satisfied(parent.state);
    IF v_parents IS NOT NULL THEN
        RETURN QUERY SELECT 'waiting_for_parents', 'it waits for ' || v_names, NULL::timestamptz,
                            jsonb_build_object('parents', v_parents);
        v_found := true;
    END IF;

    IF v_step.state = 'error' THEN
        IF NOT tasker.retry_is_allowed(v_step.retryable, v_step.permanent_failure, v_step.attempts, v_step.retry_limit) THEN
            RETURN QUERY
            SELECT 'failed_for_good',
                   concat(CASE
                              WHEN v_step.permanent_failure THEN 'its error is permanent'
                              WHEN NOT v_step.retryable THEN 'the template allows no retry'
                              ELSE format('its attempts are used up (%s of %s)', v_step.attempts, v_step.retry_limit)
                          END,
                          ': ' || (v_step.error ->> 'message'), '; retry, resolve or skip it'),
                   NULL::timestamptz,
                   jsonb_build_object('attempts', v_step.attempts, 'retry_limit', v_step.retry_limit, 'error', v_step.error);
            RETURN;
        END IF;
        IF v_step.due_at > tasker.now() THEN
            RETURN QUERY
            SELECT 'backing_off',
                   concat(format('attempt %s of %s failed', v_step.attempts, v_step.retry_limit),
                          ': ' || (v_step.error ->> 'message'), format('; the next one is due at %s', v_step.due_at)),
                   v_step.due_at,
                   jsonb_build_object('attempts', v_step.attempts, 'retry_limit', v_step.retry_limit, 'error', v_step.error);
            v_found := true;
        END IF;
    ELSIF v_step.due_at > tasker.now() THEN
        RETURN QUERY SELECT 'not_due', format('it is not to start before %s', v_step.due_at), v_step.due_at, '{}'::jsonb;
        v_found := true;
    END IF;

    SELECT delay.* INTO v_delay FROM tasker.delay_keys AS delay
     WHERE delay.delay_key = v_step.delay_key AND delay.held_until > tasker.now();
    IF FOUND THEN
        RETURN QUERY
        SELECT 'delay_requested',
               format('a server asked step %s for a delay: every step with delay key `%s` waits until %s',
                      v_delay.workflow_step_id, v_delay.delay_key, v_delay.held_until),
               v_delay.held_until,
               jsonb_build_object('delay_key', v_delay.delay_key, 'requested_by_step_id', v_delay.workflow_step_id);
        v_found := true;
    END IF;

    SELECT limits.* INTO v_limits FROM tasker.handler_limits AS limits WHERE limits.handler_key = v_step.handler_key;
    SELECT jsonb_agg(jsonb_build_object('worker', load.worker_id, 'running', load.running, 'slots', load.slots,
                                        'running_of_handler', load.running_of_handler)
                     ORDER BY load.running, load.worker_id) FILTER (WHERE load.ordinal <= c_listed_max),
           bool_or(load.slots IS NULL OR load.running < load.slots),
           bool_or(v_limits.concurrency IS NULL OR load.running_of_handler < v_limits.concurrency)
      INTO v_workers, v_idle, v_narrow
      FROM (
          SELECT worker.worker_id,
                 (worker.runtime_slots ->> split_part(v_step.handler_key, ':', 1))::integer AS slots,
                 row_number() OVER (ORDER BY worker.worker_id) AS ordinal,
                 count(running.workflow_step_id) AS running,
                 count(running.workflow_step_id) FILTER (WHERE running.handler_key = v_step.handler_key) AS running_of_handler
            FROM tasker.workers AS worker
            LEFT JOIN tasker.workflow_steps AS running
              ON running.state = 'in_progress'
             AND running.lease_owner = worker.worker_id
             AND split_part(running.handler_key, ':', 1) = split_part(v_step.handler_key, ':', 1)
           WHERE worker.handler_keys @> ARRAY[v_step.handler_key]
             AND worker.stopped_at IS NULL
             AND worker.last_seen_at > tasker.now() - c_worker_silence_max
           GROUP BY worker.worker_id
      ) AS load;
    IF v_workers IS NULL THEN
        RETURN QUERY
        SELECT 'no_worker',
               concat(format('no worker that runs now has handler %s; start one with its handler folder', v_step.handler_key),
                      (SELECT format(' (the last one, %s on %s, was seen at %s)', worker.worker_id, worker.host, worker.last_seen_at)
                         FROM tasker.workers AS worker
                        WHERE worker.handler_keys @> ARRAY[v_step.handler_key]
                        ORDER BY worker.last_seen_at DESC
                        LIMIT 1)),
               NULL::timestamptz,
               jsonb_build_object('handler_key', v_step.handler_key);
        v_found := true;
    ELSIF NOT v_idle THEN
        RETURN QUERY SELECT 'workers_busy', format('every worker with handler %s is busy', v_step.handler_key), NULL::timestamptz,
                            jsonb_build_object('handler_key', v_step.handler_key, 'workers', v_workers);
        v_found := true;
    ELSIF NOT v_narrow THEN
        RETURN QUERY
        SELECT 'concurrency_limit',
               format('every worker runs %s attempts of %s already, which is the limit', v_limits.concurrency, v_step.handler_key),
               NULL::timestamptz,
               jsonb_build_object('handler_key', v_step.handler_key, 'concurrency', v_limits.concurrency, 'workers', v_workers);
        v_found := true;
    END IF;

    IF v_limits.rate_limit_per_second IS NOT NULL
       AND tasker.rate_allowance(v_limits.rate_free_at, v_limits.rate_limit_per_second, tasker.now()) = 0 THEN
        RETURN QUERY
        SELECT 'rate_limit',
               format('%s starts at most %s times a second, all workers together', v_step.handler_key, v_limits.rate_limit_per_second),
               v_limits.rate_free_at,
               jsonb_build_object('handler_key', v_step.handler_key, 'per_second', v_limits.rate_limit_per_second);
        v_found := true;
    END IF;

    IF v_task.enqueuer IS NOT NULL THEN
        RETURN QUERY
        SELECT 'queued_outside',
               concat(format('queue `%s` runs its task', v_task.enqueuer),
                      format('; the task was given to it at %s', v_task.enqueued_at)),
               v_task.next_enqueue_at,
               jsonb_build_object('enqueuer', v_task.enqueuer, 'enqueued_at', v_task.enqueued_at,
                                  'next_enqueue_at', v_task.next_enqueue_at);
        v_found := true;
    END IF;

    IF NOT v_found THEN
        RETURN QUERY SELECT 'ready', 'nothing holds it back: a worker takes it with its next claim', NULL::timestamptz,
                            jsonb_build_object('handler_key', v_step.handler_key, 'workers', v_workers, 'priority', v_step.priority);
    END IF;
END
$$;
