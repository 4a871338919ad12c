-- The archive: where `tasker archive` puts tasks that ended long ago, with all that hangs on them.
--
-- The columns are those of the live tables, in the same types; a column added there is added here too (a test compares
-- them, and moving a row fails where one is missing). No foreign keys: rows come from tables that have them, and
-- nothing here changes any more. The names of templates and steps stay where they are, as these rows are never deleted.
--
-- Partitioned by the id of the task, 1,000,000 to a partition: ids ascend with time, so a batch goes to the end of the
-- newest partition, one task is found in one partition, and the oldest part of the archive can be taken away as a whole.
-- tasker.ensure_archive_partitions makes a partition when the first task comes to it.

CREATE TABLE tasker.archived_tasks (
    LIKE tasker.tasks,
    archived_at timestamptz NOT NULL DEFAULT tasker.now(),
    PRIMARY KEY (task_id)
) PARTITION BY RANGE (task_id);

CREATE TABLE tasker.archived_task_annotations (
    LIKE tasker.task_annotations,
    PRIMARY KEY (task_id, task_annotation_id)
) PARTITION BY RANGE (task_id);

CREATE TABLE tasker.archived_workflow_steps (
    LIKE tasker.workflow_steps,
    PRIMARY KEY (task_id, workflow_step_id)
) PARTITION BY RANGE (task_id);

CREATE TABLE tasker.archived_workflow_step_edges (
    LIKE tasker.workflow_step_edges,
    PRIMARY KEY (task_id, workflow_step_edge_id)
) PARTITION BY RANGE (task_id);

CREATE TABLE tasker.archived_task_transitions (
    LIKE tasker.task_transitions,
    PRIMARY KEY (task_id, task_transition_id)
) PARTITION BY RANGE (task_id);

CREATE TABLE tasker.archived_workflow_step_transitions (
    LIKE tasker.workflow_step_transitions,
    PRIMARY KEY (task_id, workflow_step_transition_id)
) PARTITION BY RANGE (task_id);

-- The filters of lists of tasks, as on the live table: a page of the complete tier reads few rows of either.
CREATE INDEX archived_tasks_named_task_id_idx ON tasker.archived_tasks (named_task_id, task_id);
CREATE INDEX archived_tasks_tags_idx ON tasker.archived_tasks USING gin (tags jsonb_path_ops);
CREATE INDEX archived_tasks_rare_end_idx ON tasker.archived_tasks (state, task_id)
    WHERE state IN ('error', 'cancelled', 'resolved_manually');
CREATE INDEX archived_tasks_ended_at_idx ON tasker.archived_tasks (ended_at, state) WHERE ended_at IS NOT NULL;
CREATE INDEX archived_tasks_created_at_idx ON tasker.archived_tasks (created_at);
CREATE INDEX archived_tasks_identity_hash_idx ON tasker.archived_tasks (identity_hash);
CREATE INDEX archived_tasks_initiator_idx ON tasker.archived_tasks (initiator, task_id) WHERE initiator <> 'unknown';
CREATE INDEX archived_tasks_source_system_idx ON tasker.archived_tasks (source_system, task_id)
    WHERE source_system <> 'unknown';
CREATE INDEX archived_tasks_correlation_id_idx ON tasker.archived_tasks (correlation_id, task_id)
    WHERE correlation_id <> identity_hash;
CREATE INDEX archived_tasks_parent_correlation_id_idx ON tasker.archived_tasks (parent_correlation_id, task_id)
    WHERE parent_correlation_id IS NOT NULL;
CREATE INDEX archived_tasks_priority_idx ON tasker.archived_tasks (priority, task_id) WHERE priority <> 0;
CREATE INDEX archived_task_annotations_annotation_idx ON tasker.archived_task_annotations
    USING gin (annotation jsonb_path_ops);

-- The audit trail stays append-only where it has moved to.
CREATE TRIGGER archived_task_transitions_are_append_only
    BEFORE UPDATE OR DELETE ON tasker.archived_task_transitions
    FOR EACH ROW EXECUTE FUNCTION tasker.refuse_change_of_history();
CREATE TRIGGER archived_workflow_step_transitions_are_append_only
    BEFORE UPDATE OR DELETE ON tasker.archived_workflow_step_transitions
    FOR EACH ROW EXECUTE FUNCTION tasker.refuse_change_of_history();
CREATE TRIGGER archived_task_transitions_are_not_truncated
    BEFORE TRUNCATE ON tasker.archived_task_transitions
    FOR EACH STATEMENT EXECUTE FUNCTION tasker.refuse_change_of_history();
CREATE TRIGGER archived_workflow_step_transitions_are_not_truncated
    BEFORE TRUNCATE ON tasker.archived_workflow_step_transitions
    FOR EACH STATEMENT EXECUTE FUNCTION tasker.refuse_change_of_history();
REVOKE UPDATE, DELETE, TRUNCATE ON tasker.archived_task_transitions, tasker.archived_workflow_step_transitions FROM PUBLIC;

-- What was archived, counted: archived tasks never change, so the batch that moves them can count them for good, and
-- totals over all time read a few rows for each day instead of every task.
CREATE TABLE tasker.archived_task_totals (
    -- The day of the end, in UTC.
    ended_on             date             NOT NULL,
    named_task_id        bigint           NOT NULL REFERENCES tasker.named_tasks,
    state                varchar(32)      NOT NULL,
    tasks                bigint           NOT NULL,
    steps                bigint           NOT NULL,
    completed_steps      bigint           NOT NULL,
    failed_steps         bigint           NOT NULL,
    -- From creation to end, summed over the tasks; and the longest one.
    duration_seconds     double precision NOT NULL,
    duration_seconds_max double precision NOT NULL,
    PRIMARY KEY (ended_on, named_task_id, state)
);
