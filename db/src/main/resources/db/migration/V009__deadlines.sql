-- Deadlines: how long a task has, when it has to end, and that it did not.

ALTER TABLE tasker.tasks
    -- How long the task has from its start on. A draft gets its deadline_at when it is launched.
    ADD COLUMN deadline_after      interval,
    -- A deadline strikes once: a task that is retried after it has none.
    ADD COLUMN deadline_expired_at timestamptz,
    ADD CONSTRAINT tasks_deadline_after_is_positive CHECK (deadline_after > interval '0');

DROP INDEX tasker.tasks_deadline_at_idx;
CREATE INDEX tasks_deadline_at_idx ON tasker.tasks (deadline_at)
    WHERE deadline_at IS NOT NULL
      AND deadline_expired_at IS NULL
      AND state IN ('pending', 'in_progress', 'paused');

-- Its parameters change: the routine that follows makes it anew.
DROP FUNCTION IF EXISTS tasker.create_tasks(jsonb);
