-- What the completion of steps has led to (complete_step, complete_steps, continue_steps).
CREATE TYPE tasker.completed_steps AS (
    -- Element by element the steps that are complete.
    step_ids        bigint[],
    task_ids        bigint[],
    claim_ids       bigint[],
    -- Element by element the children that were claimed, with the runtimes of their handlers and what claimed_steps tells.
    child_task_ids  bigint[],
    child_ids       bigint[],
    child_claim_ids bigint[],
    runtimes        text[],
    child_payloads  jsonb[],
    -- Whether a child was left to be claimed.
    left_children   boolean,
    -- Element by element the tasks that are complete, with the summary of settle_tasks.
    ended_ids       bigint[],
    ended_summaries jsonb[],
    -- Tasks that may have ended in another way, or that somebody else may be ending.
    settle_ids      bigint[]
);

-- The handlers that a worker serves, as a wave needs them (keys_with_limits).
CREATE TYPE tasker.served_keys AS (
    -- Those with a limit.
    limited    text[],
    -- Those without a limit for which no step waits.
    open       text[],
    -- Those without a limit for which steps wait, element by element with the priority and the due time of the first one.
    waiting    text[],
    priorities integer[],
    since      timestamptz[],
    -- Whether a step waits for any of them.
    has_waiting boolean
);
