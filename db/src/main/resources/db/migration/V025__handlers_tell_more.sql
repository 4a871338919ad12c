-- Handlers may leave a checkpoint for their next attempt, and classes may declare what templates leave out.

-- What the last heartbeat of a step left for its next attempt. A table of its own: a long step may write it often, and
-- the rows that waves touch stay as they are.
CREATE TABLE tasker.step_checkpoints (
    workflow_step_id bigint      PRIMARY KEY,
    task_id          bigint      NOT NULL,
    -- Of the attempt that wrote it.
    claim_id         bigint      NOT NULL,
    checkpoint       jsonb       NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT tasker.now(),
    updated_at       timestamptz NOT NULL DEFAULT tasker.now()
);
CREATE INDEX step_checkpoints_task_idx ON tasker.step_checkpoints (task_id);
