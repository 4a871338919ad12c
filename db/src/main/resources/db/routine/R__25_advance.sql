-- The wave: everything that a running engine does to the database, in one call and one commit.
--   1. records the outcomes of finished attempts, each fenced by its claim id,
--   2. releases the children of completed steps, and claims those at once for which the caller has a free slot,
--   3. settles the tasks that may have ended,
--   4. claims other ready steps for the slots that are left.
--   Takes    p_running: how many attempts of each handler key the worker is running, for limits of concurrency.
--   Returns  kind refused  (the outcome came too late; nothing was applied),
--            kind claimed  (payload: all that is needed to run the step),
--            kind verdict  (payload: what became of a step or task: {"to_state", "retries_at", "at"} for steps,
--                           {"verdict", "resumes_at", "blocked_step_ids", "at", "summary"} for tasks),
--            kind limited  (payload: {"handler_key", "resumes_in_seconds"}: ready steps wait for a limit in time).
--   Locks    steps by id, children by id, tasks by id; the claim never waits.
CREATE OR REPLACE FUNCTION tasker.advance(
    p_step_ids     bigint[],
    p_claim_ids    bigint[],
    p_kinds        text[],
    p_results      jsonb[],
    p_errors       jsonb[],
    p_retry_delays interval[],
    p_worker       text,
    p_handler_keys text[],
    p_free_slots   integer[],
    p_claim_limit  integer,
    p_lease        interval,
    p_task_id      bigint DEFAULT NULL,
    p_running      integer[] DEFAULT NULL
) RETURNS TABLE (kind text, task_id bigint, workflow_step_id bigint, claim_id bigint, payload jsonb)
LANGUAGE plpgsql
-- Every statement in it reaches few rows by their keys. Said here, because the plans are kept: one that was made while the
-- tables were small would scan them whole, and go on to do so while they grow, until the next ANALYZE.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_complete     CONSTANT jsonb := jsonb_build_object('to_state', 'complete', 'retries_at', NULL, 'at', tasker.now());
    v_continued    bigint[] := '{}';
    v_continued_runtimes text[] := '{}';
    v_complete_ids bigint[] := '{}';
    v_failed_tasks bigint[] := '{}';
    v_complete_tasks bigint[] := '{}';
    v_live_tasks   bigint[] := '{}';
    v_given_back   bigint[] := '{}';
    v_settle_tasks bigint[];
    v_delay_keys   text[] := '{}';
    v_held_until   timestamptz[] := '{}';
    v_held_by      bigint[] := '{}';
    v_recorded     record;
BEGIN
    IF cardinality(p_step_ids) > 0 THEN
        FOR v_recorded IN
            SELECT recorded.workflow_step_id, recorded.claim_id, recorded.task_id, recorded.to_state, recorded.retries_at,
                   recorded.delay_key, recorded.held_until
              FROM tasker.record_outcomes(p_step_ids, p_claim_ids, p_kinds, p_results, p_errors, p_retry_delays) AS recorded
        LOOP
            kind := CASE WHEN v_recorded.to_state IS NULL THEN 'refused' ELSE 'verdict' END;
            task_id := v_recorded.task_id;
            workflow_step_id := v_recorded.workflow_step_id;
            claim_id := v_recorded.claim_id;
            payload := CASE WHEN v_recorded.to_state = 'complete' THEN v_complete
                            WHEN v_recorded.to_state IS NOT NULL
                            THEN jsonb_build_object('to_state', v_recorded.to_state,
                                                    'retries_at', v_recorded.retries_at,
                                                    'at', tasker.now())
                       END;
            RETURN NEXT;
            IF v_recorded.held_until IS NOT NULL THEN
                v_delay_keys := v_delay_keys || v_recorded.delay_key;
                v_held_until := v_held_until || v_recorded.held_until;
                v_held_by := v_held_by || v_recorded.workflow_step_id;
            END IF;
            CASE v_recorded.to_state
                WHEN 'complete' THEN
                    v_complete_ids := v_complete_ids || v_recorded.workflow_step_id;
                    v_complete_tasks := v_complete_tasks || v_recorded.task_id;
                WHEN 'error' THEN
                    v_failed_tasks := v_failed_tasks || v_recorded.task_id;
                WHEN 'pending' THEN
                    v_given_back := v_given_back || v_recorded.task_id;
                ELSE
                    NULL;
            END CASE;
        END LOOP;

        IF cardinality(v_complete_ids) > 0 THEN
            SELECT released.live_task_ids, released.claimed_step_ids, released.claimed_runtimes
              INTO v_live_tasks, v_continued, v_continued_runtimes
              FROM tasker.release_children(
                       v_complete_ids, p_worker, p_handler_keys, p_free_slots, p_claim_limit, p_lease, p_task_id,
                       v_failed_tasks) AS released;
        END IF;

        -- A task that just got a claimable child cannot have ended; whoever records that child settles it.
        v_settle_tasks := v_failed_tasks || ARRAY(SELECT unnest(v_complete_tasks) EXCEPT SELECT unnest(v_live_tasks));
        IF cardinality(v_given_back) > 0 THEN
            PERFORM tasker.enqueue_now(v_given_back, v_settle_tasks);
        END IF;
        IF cardinality(v_settle_tasks) > 0 THEN
            RETURN QUERY
            SELECT 'verdict',
                   settled.task_id,
                   NULL::bigint,
                   NULL::bigint,
                   jsonb_build_object('verdict', settled.verdict,
                                      'resumes_at', settled.resumes_at,
                                      'blocked_step_ids', settled.blocked_step_ids,
                                      'at', tasker.now(),
                                      'summary', settled.summary)
              FROM tasker.settle_tasks(v_settle_tasks) AS settled;
        END IF;

        IF cardinality(v_delay_keys) > 0 THEN
            PERFORM tasker.hold_delay_keys(v_delay_keys, v_held_until, v_held_by);
        END IF;
    END IF;

    IF p_claim_limit > 0 AND cardinality(p_handler_keys) > 0 THEN
        RETURN QUERY
        SELECT CASE WHEN claimed.workflow_step_id IS NULL THEN 'limited' ELSE 'claimed' END,
               claimed.task_id, claimed.workflow_step_id, claimed.claim_id, claimed.payload
          FROM tasker.claim_steps(p_worker, p_handler_keys, p_free_slots, p_claim_limit, p_lease, p_task_id, p_running,
                                  v_continued, v_continued_runtimes) AS claimed;
    END IF;
END
$$;
