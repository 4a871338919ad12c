-- Steps that their task holds back, limits of handlers, and tasks that a queue outside of the database runs.

ALTER TABLE tasker.workflow_steps
    -- The task does not run now (draft, paused or ended). A copy on the step, because a wave must read it from the
    -- row that it has locked: the state of the task, read beside it, may be older than that lock.
    ADD COLUMN held           boolean NOT NULL DEFAULT false,
    -- The task names an enqueuer: only a claim for that one task takes the step.
    ADD COLUMN queued_outside boolean NOT NULL DEFAULT false,
    -- Steps with the same key wait together when a server asks one of them to.
    ADD COLUMN delay_key      text;

UPDATE tasker.workflow_steps AS step
   SET held = true, claimable = false
  FROM tasker.tasks AS task
 WHERE task.task_id = step.task_id
   AND task.state NOT IN ('pending', 'in_progress')
   AND step.state IN ('pending', 'in_progress', 'error');
UPDATE tasker.workflow_steps AS step
   SET delay_key = template_step.delay_key
  FROM tasker.named_tasks_named_steps AS template_step
 WHERE template_step.named_tasks_named_step_id = step.named_tasks_named_step_id
   AND template_step.delay_key IS NOT NULL
   AND step.state IN ('pending', 'in_progress', 'error');

ALTER TABLE tasker.workflow_steps
    ADD CONSTRAINT workflow_steps_held_step_is_not_claimable CHECK (NOT (claimable AND held));

DROP INDEX tasker.workflow_steps_claimable_idx;
CREATE INDEX workflow_steps_claimable_idx
    ON tasker.workflow_steps (handler_key, priority DESC, due_at, workflow_step_id)
    WHERE claimable AND NOT queued_outside;

ALTER TABLE tasker.tasks
    -- When the outside queue is to be given the task next; set where there is an enqueuer.
    ADD COLUMN next_enqueue_at  timestamptz,
    -- The hooks of the template, and whether the one at the end is still to be called.
    ADD COLUMN task_handler_key text,
    ADD COLUMN annotations_due  boolean NOT NULL DEFAULT false;
CREATE INDEX tasks_next_enqueue_at_idx ON tasker.tasks (enqueuer, next_enqueue_at)
    WHERE enqueuer IS NOT NULL AND state IN ('pending', 'in_progress');
CREATE INDEX tasks_deadline_at_idx ON tasker.tasks (deadline_at)
    WHERE deadline_at IS NOT NULL AND state IN ('draft', 'pending', 'in_progress', 'paused');
CREATE INDEX tasks_annotations_due_idx ON tasker.tasks (task_handler_key, task_id) WHERE annotations_due;

-- What the templates say of a handler, for claims: one row per handler that has any limit.
-- Of each template its newest version counts; where templates differ the lowest limit holds.
CREATE TABLE tasker.handler_limits (
    handler_key           text             PRIMARY KEY,
    -- Attempts at once in one worker.
    concurrency           integer,
    -- Attempts started per second, all workers together.
    rate_limit_per_second double precision,
    has_delay_key         boolean          NOT NULL DEFAULT false,
    -- When the next attempt would start if they came evenly (the theoretical arrival time of GCRA, ITU-T I.371).
    rate_free_at          timestamptz      NOT NULL DEFAULT '-infinity',
    CONSTRAINT handler_limits_concurrency_is_positive CHECK (concurrency > 0),
    CONSTRAINT handler_limits_rate_is_positive CHECK (rate_limit_per_second > 0)
);
INSERT INTO tasker.handler_limits (handler_key, concurrency, rate_limit_per_second, has_delay_key)
SELECT template_step.handler_key,
       min(template_step.concurrency),
       min(template_step.rate_limit_per_second),
       bool_or(template_step.delay_key IS NOT NULL)
  FROM tasker.named_tasks_named_steps AS template_step
 WHERE template_step.current
   AND (template_step.concurrency IS NOT NULL
        OR template_step.rate_limit_per_second IS NOT NULL
        OR template_step.delay_key IS NOT NULL)
 GROUP BY template_step.handler_key;

-- Delays that servers have asked for, by the key that the steps which talk to them share.
CREATE TABLE tasker.delay_keys (
    delay_key        text        PRIMARY KEY,
    held_until       timestamptz NOT NULL,
    -- The step whose answer asked for it.
    workflow_step_id bigint      NOT NULL,
    updated_at       timestamptz NOT NULL DEFAULT tasker.now()
);

-- Routines whose result or parameters change: the routines that follow make them anew.
DROP FUNCTION IF EXISTS tasker.record_outcomes(bigint[], bigint[], text[], jsonb[], jsonb[], interval[]);
DROP FUNCTION IF EXISTS tasker.claim_steps(text, text[], integer[], integer, interval, bigint);
DROP FUNCTION IF EXISTS tasker.advance(
    bigint[], bigint[], text[], jsonb[], jsonb[], interval[], text, text[], integer[], integer, interval, bigint);
