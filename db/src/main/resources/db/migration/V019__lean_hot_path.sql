-- What a step costs: no key checks and few index entries on the tables that each step and each task write.
-- See docs/decisions/0013-rows-that-only-routines-write-have-no-foreign-keys.md.

-- An edge is its two ends. Steps are the only way to it, so no index begins with the task.
ALTER TABLE tasker.workflow_step_edges
    DROP CONSTRAINT workflow_step_edges_task_id_fkey,
    DROP CONSTRAINT workflow_step_edges_from_step_id_fkey,
    DROP CONSTRAINT workflow_step_edges_to_step_id_fkey,
    DROP CONSTRAINT workflow_step_edges_edge_is_unique,
    DROP COLUMN workflow_step_edge_id,
    DROP COLUMN created_at,
    ADD CONSTRAINT workflow_step_edges_edge_is_unique PRIMARY KEY (from_step_id, to_step_id);
DROP INDEX tasker.workflow_step_edges_task_id_idx;

ALTER TABLE tasker.workflow_steps
    DROP CONSTRAINT workflow_steps_named_step_id_fkey,
    DROP CONSTRAINT workflow_steps_named_tasks_named_step_id_fkey;

-- What each new step is given: read from one row, not looked up in others for every task.
ALTER TABLE tasker.named_tasks_named_steps
    ADD COLUMN name    varchar(128),
    ADD COLUMN parents integer;
UPDATE tasker.named_tasks_named_steps AS template_step
   SET name = named_step.name,
       parents = (SELECT count(*)
                    FROM tasker.named_tasks_named_step_edges AS edge
                   WHERE edge.to_id = template_step.named_tasks_named_step_id)
  FROM tasker.named_steps AS named_step
 WHERE named_step.named_step_id = template_step.named_step_id;
ALTER TABLE tasker.named_tasks_named_steps
    ALTER COLUMN name SET NOT NULL,
    ALTER COLUMN parents SET NOT NULL;

-- Most tasks have no tags, and an empty list takes an entry of its own in a GIN index. Queries say so, too.
DROP INDEX tasker.tasks_tags_idx;
CREATE INDEX tasks_tags_idx ON tasker.tasks USING gin (tags jsonb_path_ops) WHERE tags <> '[]';

-- Their parameters or results change: the routines that follow make them anew.
DROP FUNCTION IF EXISTS tasker.release_children(bigint[]);
DROP FUNCTION IF EXISTS tasker.claim_steps(text, text[], integer[], integer, interval, bigint, integer[]);
DROP FUNCTION IF EXISTS tasker.record_outcomes(bigint[], bigint[], text[], jsonb[], jsonb[], interval[]);
DROP FUNCTION IF EXISTS tasker.claim_steps(text, text[], integer[], integer, interval, bigint, integer[]);

-- What a wave is about to write to one step: decided under its lock, written once (apply_step_changes). Statements that
-- write are dear to start, whatever they write: checks, indexes and partitions are made ready each time.
CREATE TYPE tasker.step_change AS (
    workflow_step_id        bigint,
    task_id                 bigint,
    from_state              text,
    to_state                text,
    claimable               boolean,
    unmet_dependencies      integer,
    due_at                  timestamptz,
    attempts                integer,
    claim_id                bigint,
    -- Set where an outcome is recorded: success, retryable_failure, permanent_failure, release.
    outcome                 text,
    results                 jsonb,
    error                   jsonb,
    retry_after_seconds     double precision,
    -- Of the transition; null where the state stays.
    metadata                jsonb,
    -- For what follows within the wave.
    runtime                 text,
    delay_key               text
);

-- The same for a task. Of several changes of one task the final one stands on its row; each is a transition, whose id is
-- taken when it is decided: a task starts before its first step, and ends after its last one.
CREATE TYPE tasker.task_change AS (
    transition_id bigint,
    task_id       bigint,
    from_state    text,
    to_state      text,
    is_final      boolean,
    metadata      jsonb
);

-- What a wave is about to claim.
CREATE TYPE tasker.claims AS (
    step_changes tasker.step_change[],
    task_changes tasker.task_change[],
    -- Handlers that a limit in time holds back, and for how long.
    waiting_keys text[],
    resume_in    interval[]
);
