-- A wave writes the steps of one kind of outcome in one statement, and what it hands on is small.
-- See docs/decisions/0017-steps-are-completed-and-continued-in-one-statement.md.

-- Parameters or results of these change, or nothing calls them any more: the routines that follow make what is left anew.
DROP FUNCTION IF EXISTS tasker.outcome_changes(bigint[], bigint[], text[], jsonb[], jsonb[], interval[]);
DROP FUNCTION IF EXISTS tasker.child_changes(
    bigint[], text, text[], integer[], text[], integer, bigint, bigint[]);
DROP FUNCTION IF EXISTS tasker.claim_changes(
    text, text[], integer[], text[], integer, bigint, integer[], text[]);
DROP FUNCTION IF EXISTS tasker.apply_step_changes(tasker.step_change[], text, interval);
DROP FUNCTION IF EXISTS tasker.claimed_steps(tasker.step_change[], tasker.task_change[]);
DROP FUNCTION IF EXISTS tasker.claimed_definitions(bigint[]);
DROP FUNCTION IF EXISTS tasker.settle_tasks(bigint[], tasker.task_change[]);
DROP FUNCTION IF EXISTS tasker.apply_task_changes(tasker.task_change[]);
DROP TYPE IF EXISTS tasker.claims;
DROP TYPE IF EXISTS tasker.task_change;
DROP TYPE IF EXISTS tasker.step_change;

-- A step that did not complete: what its outcome made of it (fail_steps).
CREATE TYPE tasker.failed_step AS (
    workflow_step_id    bigint,
    task_id             bigint,
    claim_id            bigint,
    -- error, or pending where it was given back.
    to_state            text,
    retries_at          timestamptz,
    delay_key           text,
    retry_after_seconds double precision
);

-- Only routines write these tables, and each statement that does so would read the text of every check anew: a tenth of
-- what a step costs. tasker.unsound_rows() tells the same rules of all rows at once, to tests and to `tasker doctor`.
ALTER TABLE tasker.workflow_steps
    DROP CONSTRAINT workflow_steps_attempts_is_not_negative,
    DROP CONSTRAINT workflow_steps_claimable_step_can_run,
    DROP CONSTRAINT workflow_steps_held_step_is_not_claimable,
    DROP CONSTRAINT workflow_steps_lease_is_held_while_in_progress,
    DROP CONSTRAINT workflow_steps_retry_limit_is_not_negative,
    DROP CONSTRAINT workflow_steps_state_is_known,
    DROP CONSTRAINT workflow_steps_unmet_dependencies_is_not_negative,
    DROP CONSTRAINT workflow_steps_task_id_fkey;
ALTER TABLE tasker.tasks
    DROP CONSTRAINT tasks_deadline_after_is_positive,
    DROP CONSTRAINT tasks_ended_at_is_set_with_the_end,
    DROP CONSTRAINT tasks_failure_policy_is_known,
    DROP CONSTRAINT tasks_state_is_known,
    DROP CONSTRAINT tasks_named_task_id_fkey;
ALTER TABLE tasker.task_transitions
    DROP CONSTRAINT task_transitions_metadata_is_an_object,
    DROP CONSTRAINT task_transitions_states_are_known;
ALTER TABLE tasker.workflow_step_transitions
    DROP CONSTRAINT workflow_step_transitions_metadata_is_an_object,
    DROP CONSTRAINT workflow_step_transitions_states_are_known;

-- A stored generated column is computed anew with every version of a row, and its text is read with every statement.
-- tasker.next_retry_at() says the same where it is asked; views that read the column are made anew by the routines.
DROP VIEW IF EXISTS tasker.task_steps, tasker.step_readiness, tasker.archived_task_steps;
ALTER TABLE tasker.workflow_steps DROP COLUMN next_retry_at;
ALTER TABLE tasker.archived_workflow_steps DROP COLUMN next_retry_at;
