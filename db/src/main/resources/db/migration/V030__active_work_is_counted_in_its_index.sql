-- How many tasks are active, and in which states, is told by the index alone where its pages have been vacuumed: beside a long
-- history the rows of active tasks lie scattered, one to a page, in what updates of others have left free.
DROP INDEX tasker.tasks_unfinished_idx;
CREATE INDEX tasks_unfinished_idx ON tasker.tasks (task_id) INCLUDE (state, named_task_id)
    WHERE state IN ('draft', 'pending', 'in_progress', 'paused');
