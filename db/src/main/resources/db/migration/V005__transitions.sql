-- The audit trail: one row per change of state, append-only, partitioned by month.
-- Months are made ahead by tasker.ensure_transition_partitions(); the default partition catches what falls outside them.
-- No foreign keys: only the wave and the store write here, and a key check per row would be paid on every step.

CREATE TABLE tasker.task_transitions (
    task_transition_id bigint      NOT NULL DEFAULT nextval('tasker.transition_ids'),
    task_id            bigint      NOT NULL,
    from_state         varchar(32) NOT NULL,
    to_state           varchar(32) NOT NULL,
    metadata           jsonb       NOT NULL DEFAULT '{}',
    created_at         timestamptz NOT NULL DEFAULT tasker.now(),
    PRIMARY KEY (task_transition_id, created_at),
    CONSTRAINT task_transitions_states_are_known CHECK (
        from_state IN ('draft', 'pending', 'in_progress', 'paused', 'complete', 'error', 'cancelled', 'resolved_manually')
        AND to_state IN ('draft', 'pending', 'in_progress', 'paused', 'complete', 'error', 'cancelled', 'resolved_manually')),
    CONSTRAINT task_transitions_metadata_is_an_object CHECK (jsonb_typeof(metadata) = 'object')
) PARTITION BY RANGE (created_at);
CREATE INDEX task_transitions_task_id_idx ON tasker.task_transitions (task_id, task_transition_id);
CREATE TABLE tasker.task_transitions_default PARTITION OF tasker.task_transitions DEFAULT;

CREATE TABLE tasker.workflow_step_transitions (
    workflow_step_transition_id bigint      NOT NULL DEFAULT nextval('tasker.transition_ids'),
    task_id                     bigint      NOT NULL,
    workflow_step_id            bigint      NOT NULL,
    from_state                  varchar(32) NOT NULL,
    to_state                    varchar(32) NOT NULL,
    metadata                    jsonb       NOT NULL DEFAULT '{}',
    created_at                  timestamptz NOT NULL DEFAULT tasker.now(),
    PRIMARY KEY (workflow_step_transition_id, created_at),
    CONSTRAINT workflow_step_transitions_states_are_known CHECK (
        from_state IN ('pending', 'in_progress', 'complete', 'error', 'skipped', 'cancelled', 'resolved_manually')
        AND to_state IN ('pending', 'in_progress', 'complete', 'error', 'skipped', 'cancelled', 'resolved_manually')),
    CONSTRAINT workflow_step_transitions_metadata_is_an_object CHECK (jsonb_typeof(metadata) = 'object')
) PARTITION BY RANGE (created_at);
CREATE INDEX workflow_step_transitions_task_id_idx
    ON tasker.workflow_step_transitions (task_id, workflow_step_transition_id);
CREATE TABLE tasker.workflow_step_transitions_default PARTITION OF tasker.workflow_step_transitions DEFAULT;

-- Nobody rewrites history. Archiving alone may delete, and says so with SET LOCAL tasker.archiving = 'on'.
CREATE FUNCTION tasker.refuse_change_of_history() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('tasker.archiving', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% on %.% refused: transitions are append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'A transition is never changed or removed; record a new one instead.';
END
$$;

CREATE TRIGGER task_transitions_are_append_only
    BEFORE UPDATE OR DELETE ON tasker.task_transitions
    FOR EACH ROW EXECUTE FUNCTION tasker.refuse_change_of_history();
CREATE TRIGGER workflow_step_transitions_are_append_only
    BEFORE UPDATE OR DELETE ON tasker.workflow_step_transitions
    FOR EACH ROW EXECUTE FUNCTION tasker.refuse_change_of_history();
CREATE TRIGGER task_transitions_are_not_truncated
    BEFORE TRUNCATE ON tasker.task_transitions
    FOR EACH STATEMENT EXECUTE FUNCTION tasker.refuse_change_of_history();
CREATE TRIGGER workflow_step_transitions_are_not_truncated
    BEFORE TRUNCATE ON tasker.workflow_step_transitions
    FOR EACH STATEMENT EXECUTE FUNCTION tasker.refuse_change_of_history();

REVOKE UPDATE, DELETE, TRUNCATE ON tasker.task_transitions, tasker.workflow_step_transitions FROM PUBLIC;
