-- The wave: everything that a running engine does to the database, in one call and one commit.
--   1. records the outcomes of finished attempts, each fenced by its claim id (fail_steps, complete_step, complete_steps),
--   2. releases the children of completed steps, and claims those that may run at once (continue_steps),
--   3. settles the tasks that may have ended (end_tasks, settle_tasks),
--   4. claims other ready steps for the slots that are left (claim_ready_steps): a task that has just ended is claimed no
--      more, and a child that has become claimable counts.
--   Takes    the outcomes in ascending order of p_step_ids, which is the order in which their rows are locked;
--            p_running: how many attempts of each handler key the worker is running, for limits of concurrency;
--            p_from_priorities, p_from_times: element by element of the handler keys where an earlier wave has found the first
--            step that waits, and infinity where it has found none. What has become ready before that since is not looked
--            for. Null elements, and no elements: from the beginning; null: the same, and the caller does not want to know.
--   Returns  kind refused  (the outcome came too late; nothing was applied),
--            kind claimed  (payload: all that is needed to run the step),
--            kind verdict  (payload: what became of a step or task: {"to_state", "retries_at", "at"} for steps,
--                           {"verdict", "resumes_at", "blocked_step_ids", "at", "summary"} for tasks),
--            kind limited  (payload: {"handler_key", "resumes_in_seconds"}: ready steps wait for a limit in time),
--            kind waiting  (payload: {"handler_key", "priority", "due_at"}: the first step that waited for a handler without a
--                           limit; due_at is null where none was found, looked for from the beginning),
--            kind left     (payload: {"priority", "due_at"}: steps have become ready that were not claimed with the completion
--                           of their parents, none of them before that place).
--   Locks    steps by id, children by id, tasks by id; the claim never waits.
-- It was not told where to begin once.
DROP FUNCTION IF EXISTS tasker.advance(
    bigint[], bigint[], text[], jsonb[], jsonb[], interval[], text, text[], integer[], integer, interval, bigint, integer[]);
CREATE OR REPLACE FUNCTION tasker.advance(
    p_step_ids        bigint[],
    p_claim_ids       bigint[],
    p_kinds           text[],
    p_results         jsonb[],
    p_errors          jsonb[],
    p_retry_delays    interval[],
    p_worker          text,
    p_handler_keys    text[],
    p_free_slots      integer[],
    p_claim_limit     integer,
    p_lease           interval,
    p_task_id         bigint DEFAULT NULL,
    p_running         integer[] DEFAULT NULL,
    p_from_priorities integer[] DEFAULT NULL,
    p_from_times      timestamptz[] DEFAULT NULL
) RETURNS TABLE (kind text, task_id bigint, workflow_step_id bigint, claim_id bigint, payload jsonb)
LANGUAGE plpgsql
-- Every statement in it reaches few rows by their keys. Said here, because the plans are kept: one that was made while the
-- tables were small would scan them whole, and go on to do so while they grow, until the next ANALYZE.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_bitmapscan = off
SET enable_memoize = off
AS $$
#variable_conflict use_column
DECLARE
    v_now          CONSTANT timestamptz := tasker.now();
    v_keys         tasker.served_keys;
    v_failed       tasker.failed_step[] := '{}';
    v_failed_tasks bigint[] := '{}';
    v_done         tasker.completed_steps;
    v_slots        integer;
    v_free         integer;
    v_done_claims  bigint[] := '{}';
    v_left         boolean := false;
    v_settle_tasks bigint[] := '{}';
    v_runtimes     text[] := '{}';
    v_looks        boolean := p_claim_limit > 0;
    v_runs_again   boolean := false;
    v_ready        record;
    v_known_tasks  bigint[];
    -- One task by itself keeps no order of priority; and it is known whether an earlier wave has found nothing.
    v_orders       CONSTANT boolean := p_task_id IS NULL AND cardinality(p_handler_keys) > 0
        AND (coalesce(cardinality(p_from_times), 0) = 0 OR ('infinity' = ALL (p_from_times)) IS NOT TRUE);
BEGIN
    -- Which handlers have limits, and for which of them steps wait already: these would go before a child. Mostly it is known
    -- that there are none.
    IF v_orders
       OR EXISTS (SELECT FROM tasker.handler_limits AS limits WHERE limits.handler_key = ANY (p_handler_keys)) THEN
        v_keys := tasker.keys_with_limits(p_handler_keys, v_orders, p_from_priorities, p_from_times);
    ELSE
        v_keys := ROW('{}', p_handler_keys, '{}', '{}', '{}', false)::tasker.served_keys;
    END IF;

    IF cardinality(p_step_ids) > 0 THEN
        IF p_kinds <> array_fill('success'::text, ARRAY[cardinality(p_kinds)]) THEN
            -- Locked in a statement of its own: the next ones see these rows as they are. Also those that have succeeded:
            -- failures are written before them, and all have to be locked in one order.
            PERFORM step.workflow_step_id
               FROM tasker.workflow_steps AS step
              WHERE step.workflow_step_id = ANY (p_step_ids)
              ORDER BY step.workflow_step_id
                FOR UPDATE;
            v_failed := tasker.fail_steps(p_step_ids, p_claim_ids, p_kinds, p_errors, p_retry_delays);
            v_failed_tasks := ARRAY(SELECT failed.task_id FROM unnest(v_failed) AS failed WHERE failed.to_state = 'error');
            v_settle_tasks := v_failed_tasks;
            v_runs_again := EXISTS (
                SELECT FROM unnest(v_failed) AS failed WHERE failed.to_state = 'pending' OR failed.retries_at <= v_now);
        END IF;
        IF 'success' = ANY (p_kinds) THEN
            v_slots := p_claim_limit;
            FOREACH v_free IN ARRAY p_free_slots LOOP
                v_slots := least(v_slots, v_free);
            END LOOP;
            IF cardinality(p_step_ids) = 1 THEN
                v_done := tasker.complete_step(
                    p_step_ids[1], p_claim_ids[1], p_results[1], p_worker, p_lease, v_slots,
                    v_keys.open, v_keys.waiting, v_keys.priorities, v_keys.since, p_task_id);
            ELSE
                v_done := tasker.complete_steps(
                    p_step_ids, p_claim_ids, p_kinds, p_results, p_worker, p_lease, v_slots,
                    v_keys.open, v_keys.waiting, v_keys.priorities, v_keys.since, p_task_id, v_failed_tasks);
            END IF;
            v_done_claims := v_done.claim_ids;
            v_left := v_done.left_children;
            v_runtimes := v_done.runtimes;
            v_settle_tasks := v_failed_tasks || v_done.settle_ids;
            -- Nothing else is ready where nothing waits.
            v_looks := v_keys.has_waiting OR v_left OR p_task_id IS NOT NULL OR v_runs_again;

            RETURN QUERY
            SELECT 'verdict', done.task_id, done.workflow_step_id, done.claim_id,
                   jsonb_build_object('to_state', 'complete', 'retries_at', NULL, 'at', v_now)
              FROM unnest(v_done.step_ids, v_done.task_ids, v_done.claim_ids) AS done (workflow_step_id, task_id, claim_id)
            UNION ALL
            SELECT 'claimed', child.task_id, child.workflow_step_id, child.claim_id, child.payload
              FROM unnest(v_done.child_task_ids, v_done.child_ids, v_done.child_claim_ids, v_done.child_payloads)
                   AS child (task_id, workflow_step_id, claim_id, payload)
            UNION ALL
            SELECT 'verdict', ended.task_id, NULL, NULL,
                   jsonb_build_object('verdict', 'complete', 'resumes_at', NULL, 'blocked_step_ids', NULL, 'at', v_now,
                                      'summary', ended.summary)
              FROM unnest(v_done.ended_ids, v_done.ended_summaries) AS ended (task_id, summary);
        END IF;
        IF cardinality(v_failed) > 0 THEN
            RETURN QUERY
            SELECT 'verdict', failed.task_id, failed.workflow_step_id, failed.claim_id,
                   jsonb_build_object('to_state', failed.to_state, 'retries_at', failed.retries_at, 'at', v_now)
              FROM unnest(v_failed) AS failed;
        END IF;
        IF cardinality(v_done_claims) + cardinality(v_failed) < cardinality(p_claim_ids) THEN
            RETURN QUERY
            SELECT DISTINCT 'refused', NULL::bigint, given.workflow_step_id, given.claim_id, NULL::jsonb
              FROM unnest(p_step_ids, p_claim_ids) AS given (workflow_step_id, claim_id)
             WHERE given.claim_id <> ALL (
                       v_done_claims
                       || ARRAY(SELECT failed.claim_id FROM unnest(v_failed) AS failed));
        END IF;
    END IF;

    IF 'release' = ANY (p_kinds) THEN
        PERFORM tasker.enqueue_now(array_agg(failed.task_id), v_settle_tasks)
           FROM unnest(v_failed) AS failed
          WHERE failed.to_state = 'pending'
         HAVING count(*) > 0;
    END IF;
    IF cardinality(v_settle_tasks) > 0 THEN
        RETURN QUERY
        SELECT 'verdict', settled.task_id, NULL::bigint, NULL::bigint,
               jsonb_build_object('verdict', settled.verdict,
                                  'resumes_at', settled.resumes_at,
                                  'blocked_step_ids', settled.blocked_step_ids,
                                  'at', v_now,
                                  'summary', settled.summary)
          FROM tasker.settle_tasks(v_settle_tasks) AS settled;
    END IF;
    IF cardinality(v_failed) > 0 THEN
        PERFORM tasker.hold_delay_keys(array_agg(failed.delay_key),
                                       array_agg(v_now + make_interval(secs => failed.retry_after_seconds)),
                                       array_agg(failed.workflow_step_id))
           FROM unnest(v_failed) AS failed
          WHERE failed.retry_after_seconds > 0
            AND failed.delay_key IS NOT NULL
         HAVING count(*) > 0;
    END IF;

    IF v_left THEN
        RETURN QUERY
        SELECT 'left', NULL::bigint, NULL::bigint, NULL::bigint,
               jsonb_build_object('priority', v_done.left_priority, 'due_at', v_done.left_since);
    END IF;
    IF p_from_times IS NOT NULL AND v_orders THEN
        RETURN QUERY
        SELECT 'waiting', NULL::bigint, NULL::bigint, NULL::bigint,
               jsonb_build_object('handler_key', waiting.handler_key, 'priority', waiting.priority, 'due_at', waiting.due_at)
          FROM unnest(v_keys.waiting, v_keys.priorities, v_keys.since) AS waiting (handler_key, priority, due_at)
        UNION ALL
        SELECT 'waiting', NULL, NULL, NULL,
               jsonb_build_object('handler_key', looked.handler_key, 'priority', NULL, 'due_at', NULL)
          FROM unnest(p_handler_keys, p_from_times) AS looked (handler_key, from_time)
         WHERE looked.from_time IS NULL
           AND looked.handler_key = ANY (v_keys.open);
    END IF;
    IF v_looks AND cardinality(v_runtimes) < p_claim_limit THEN
        -- Of steps that were claimed the index keeps entries until the next VACUUM; looking for the first one passes over all of
        -- these. It is known, unless what has become ready just now goes before it.
        IF v_runs_again OR p_task_id IS NOT NULL THEN
            v_keys.waiting := '{}';
        ELSE
            v_keys.waiting := v_keys.waiting || v_keys.open;
            v_keys.priorities := v_keys.priorities || array_fill(-2147483648, ARRAY[cardinality(v_keys.open)]);
            v_keys.since := v_keys.since || array_fill('infinity'::timestamptz, ARRAY[cardinality(v_keys.open)]);
            IF v_left THEN
                FOR v_index IN 1 .. cardinality(v_keys.waiting) LOOP
                    IF (-v_done.left_priority::bigint, v_done.left_since)
                       < (-v_keys.priorities[v_index]::bigint, v_keys.since[v_index]) THEN
                        v_keys.priorities[v_index] := v_done.left_priority;
                        v_keys.since[v_index] := v_done.left_since;
                    END IF;
                END LOOP;
            END IF;
        END IF;
        v_ready := tasker.claim_ready_steps(
            p_worker, p_lease, p_handler_keys, p_free_slots, v_keys.limited, p_claim_limit, p_task_id, p_running, v_runtimes,
            v_keys.waiting, v_keys.priorities, v_keys.since);
        IF cardinality(v_ready.step_ids) > 0 THEN
            -- Facts of a task are told once, and not to whoever has just run a step of it.
            v_known_tasks := coalesce(v_done.task_ids, '{}')
                             || ARRAY(SELECT failed.task_id FROM unnest(v_failed) AS failed);
            RETURN QUERY
            SELECT 'claimed', claimed.task_id, claimed.workflow_step_id, claimed.claim_id,
                   CASE WHEN claimed.task_id <> ALL (v_known_tasks)
                         AND row_number() OVER (PARTITION BY claimed.task_id ORDER BY claimed.workflow_step_id) = 1
                        THEN claimed.payload || jsonb_build_object(
                                 'launched', claimed.task_id = ANY (v_ready.launched_ids),
                                 'task', (SELECT task.facts FROM tasker.task_facts(ARRAY[claimed.task_id]) AS task))
                        ELSE claimed.payload
                   END
              FROM tasker.claimed_steps(v_ready.step_ids, v_ready.retry_ids) AS claimed
             ORDER BY claimed.workflow_step_id;
        END IF;
        IF cardinality(v_ready.waiting_keys) > 0 THEN
            RETURN QUERY
            SELECT 'limited', NULL::bigint, NULL::bigint, NULL::bigint,
                   jsonb_build_object('handler_key', waiting.handler_key,
                                      'resumes_in_seconds', extract(epoch FROM waiting.resume_in))
              FROM unnest(v_ready.waiting_keys, v_ready.resume_in) AS waiting (handler_key, resume_in);
        END IF;
    END IF;
END
$$;
