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

-- Most tasks have no tags, and an empty list takes an entry of its own in a GIN index. Queries say so, too.
DROP INDEX tasker.tasks_tags_idx;
CREATE INDEX tasks_tags_idx ON tasker.tasks USING gin (tags jsonb_path_ops) WHERE tags <> '[]';

-- Their parameters or results change: the routines that follow make them anew.
DROP FUNCTION IF EXISTS tasker.release_children(bigint[]);
DROP FUNCTION IF EXISTS tasker.claim_steps(text, text[], integer[], integer, interval, bigint, integer[]);
