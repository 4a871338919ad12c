-- What keeps questions about active work, and about very many tasks, as quick as they are without a history.

-- How many steps a task has, written with its creation, as steps are neither added nor taken away afterwards. All steps of a
-- complete task are satisfied, so this number is all that there is to know of them.
ALTER TABLE tasker.named_tasks ADD COLUMN total_steps integer NOT NULL DEFAULT 0;
UPDATE tasker.named_tasks AS named_task
   SET total_steps = (
           SELECT count(*)
             FROM tasker.named_tasks_named_steps AS step
            WHERE step.named_task_id = named_task.named_task_id
              AND step.current);

ALTER TABLE tasker.tasks ADD COLUMN total_steps integer;
UPDATE tasker.tasks AS task
   SET total_steps = counted.steps
  FROM (SELECT step.task_id, count(*) AS steps FROM tasker.workflow_steps AS step GROUP BY step.task_id) AS counted
 WHERE counted.task_id = task.task_id;
UPDATE tasker.tasks SET total_steps = 0 WHERE total_steps IS NULL;
ALTER TABLE tasker.tasks ALTER COLUMN total_steps SET NOT NULL;

ALTER TABLE tasker.archived_tasks ADD COLUMN total_steps integer;
UPDATE tasker.archived_tasks AS task
   SET total_steps = counted.steps
  FROM (SELECT step.task_id, count(*) AS steps FROM tasker.archived_workflow_steps AS step GROUP BY step.task_id) AS counted
 WHERE counted.task_id = task.task_id;
UPDATE tasker.archived_tasks SET total_steps = 0 WHERE total_steps IS NULL;
ALTER TABLE tasker.archived_tasks ALTER COLUMN total_steps SET NOT NULL;

-- The filters of lists that few tasks pass, for active tasks alone: the indexes over all tasks lead to finished ones first.
CREATE INDEX tasks_unfinished_priority_idx ON tasker.tasks (priority, task_id)
    WHERE priority <> 0 AND state IN ('draft', 'pending', 'in_progress', 'paused');
CREATE INDEX tasks_unfinished_tags_idx ON tasker.tasks USING gin (tags jsonb_path_ops)
    WHERE tags <> '[]' AND state IN ('draft', 'pending', 'in_progress', 'paused');
