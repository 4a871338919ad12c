-- The wave: everything that a running engine does to the database, in one call and one commit.
--   1. records the outcomes of finished attempts, each fenced by its claim id (outcome_changes),
--   2. releases the children of completed steps, and claims those that may run at once (child_changes),
--   3. claims other ready steps for the slots that are left (ready_steps, claim_changes),
--   4. writes all that in one go (apply_step_changes), and settles the tasks that may have ended (settle_tasks).
--   Where a step has failed, or a child has to wait its turn, 3 comes after 4 and is written by itself: a task that ends is
--   claimed no more, and a child that became claimable counts.
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
    c_complete     CONSTANT jsonb := jsonb_build_object('to_state', 'complete', 'retries_at', NULL, 'at', tasker.now());
    v_limited_keys text[] := '{}';
    v_outcomes     tasker.step_change[] := '{}';
    v_children     tasker.step_change[] := '{}';
    v_changes      tasker.step_change[];
    v_claim        tasker.claims;
    v_complete_ids bigint[];
    v_failed_tasks bigint[] := '{}';
    v_given_back   bigint[] := '{}';
    v_settle_tasks bigint[] := '{}';
    v_runtimes     text[] := '{}';
    v_claims_later boolean := false;
BEGIN
    IF p_claim_limit > 0 THEN
        v_limited_keys := ARRAY(
            SELECT limits.handler_key
              FROM tasker.handler_limits AS limits
             WHERE limits.handler_key = ANY (p_handler_keys)
        );
    END IF;

    IF cardinality(p_step_ids) > 0 THEN
        v_outcomes := tasker.outcome_changes(p_step_ids, p_claim_ids, p_kinds, p_results, p_errors, p_retry_delays);
        SELECT array_agg(change.workflow_step_id) FILTER (WHERE change.to_state = 'complete'),
               coalesce(array_agg(change.task_id) FILTER (WHERE change.to_state = 'error'), '{}'),
               coalesce(array_agg(change.task_id) FILTER (WHERE change.to_state = 'pending'), '{}')
          INTO v_complete_ids, v_failed_tasks, v_given_back
          FROM unnest(v_outcomes) AS change;
        IF v_complete_ids IS NOT NULL THEN
            v_children := tasker.child_changes(
                v_complete_ids, p_worker, p_handler_keys, p_free_slots, v_limited_keys, p_claim_limit, p_task_id,
                v_failed_tasks);
        END IF;
        SELECT coalesce(array_agg(child.runtime) FILTER (WHERE child.to_state = 'in_progress'), '{}'),
               coalesce(bool_or(child.claimable), false)
          INTO v_runtimes, v_claims_later
          FROM unnest(v_children) AS child;
        v_claims_later := v_claims_later OR cardinality(v_failed_tasks) > 0;
        -- A task that just got a claimable or running child cannot have ended; whoever records that child settles it.
        v_settle_tasks := ARRAY(
            SELECT change.task_id FROM unnest(v_outcomes) AS change WHERE change.to_state IN ('complete', 'error')
            EXCEPT
            SELECT child.task_id
              FROM unnest(v_children) AS child
             WHERE (child.claimable OR child.to_state = 'in_progress')
               AND child.task_id <> ALL (v_failed_tasks));
        -- Before any claim, which locks tasks without waiting: who waits for one must not hold a later one.
        PERFORM task.task_id
           FROM tasker.tasks AS task
          WHERE task.task_id = ANY (v_settle_tasks || v_given_back)
          ORDER BY task.task_id
            FOR NO KEY UPDATE;

        RETURN QUERY
        SELECT 'verdict', change.task_id, change.workflow_step_id, change.claim_id,
               CASE WHEN change.to_state = 'complete' THEN c_complete
                    ELSE jsonb_build_object(
                             'to_state', change.to_state, 'retries_at', change.metadata -> 'retries_at', 'at', tasker.now())
               END
          FROM unnest(v_outcomes) AS change;
        IF cardinality(v_outcomes) < cardinality(p_claim_ids) THEN
            RETURN QUERY
            SELECT DISTINCT 'refused', NULL::bigint, given.workflow_step_id, given.claim_id, NULL::jsonb
              FROM unnest(p_step_ids, p_claim_ids) AS given (workflow_step_id, claim_id)
             WHERE given.claim_id <> ALL (ARRAY(SELECT change.claim_id FROM unnest(v_outcomes) AS change));
        END IF;
    END IF;

    IF NOT v_claims_later AND cardinality(v_runtimes) < p_claim_limit THEN
        v_claim := tasker.claim_changes(
            p_worker, p_handler_keys, p_free_slots, v_limited_keys, p_claim_limit, p_task_id, p_running, v_runtimes);
    END IF;
    v_changes := v_outcomes || v_children || v_claim.step_changes;
    IF cardinality(v_changes) > 0 THEN
        PERFORM tasker.apply_step_changes(v_changes, p_worker, p_lease);
    END IF;
    IF cardinality(v_given_back) > 0 THEN
        PERFORM tasker.enqueue_now(v_given_back);
    END IF;
    IF cardinality(v_settle_tasks) > 0 OR cardinality(v_claim.task_changes) > 0 THEN
        RETURN QUERY
        SELECT 'verdict', settled.task_id, NULL::bigint, NULL::bigint,
               jsonb_build_object('verdict', settled.verdict,
                                  'resumes_at', settled.resumes_at,
                                  'blocked_step_ids', settled.blocked_step_ids,
                                  'at', tasker.now(),
                                  'summary', settled.summary)
          FROM tasker.settle_tasks(v_settle_tasks, v_claim.task_changes) AS settled;
    END IF;
    IF cardinality(v_failed_tasks) > 0 THEN
        PERFORM tasker.hold_delay_keys(array_agg(change.delay_key),
                                       array_agg(tasker.now() + make_interval(secs => change.retry_after_seconds)),
                                       array_agg(change.workflow_step_id))
           FROM unnest(v_outcomes) AS change
          WHERE change.retry_after_seconds > 0
            AND change.delay_key IS NOT NULL
         HAVING count(*) > 0;
    END IF;
    IF v_claims_later AND cardinality(v_runtimes) < p_claim_limit THEN
        v_claim := tasker.claim_changes(
            p_worker, p_handler_keys, p_free_slots, v_limited_keys, p_claim_limit, p_task_id, p_running, v_runtimes);
        PERFORM tasker.apply_step_changes(v_claim.step_changes, p_worker, p_lease);
        PERFORM tasker.apply_task_changes(v_claim.task_changes);
        v_changes := v_changes || v_claim.step_changes;
    END IF;

    RETURN QUERY
    SELECT 'claimed', claimed.task_id, claimed.workflow_step_id, claimed.claim_id, claimed.payload
      FROM tasker.claimed_steps(v_changes, v_claim.task_changes) AS claimed;
    IF cardinality(v_claim.waiting_keys) > 0 THEN
        RETURN QUERY
        SELECT 'limited', NULL::bigint, NULL::bigint, NULL::bigint,
               jsonb_build_object('handler_key', waiting.handler_key,
                                  'resumes_in_seconds', extract(epoch FROM waiting.resume_in))
          FROM unnest(v_claim.waiting_keys, v_claim.resume_in) AS waiting (handler_key, resume_in);
    END IF;
END
$$;
