-- The two filters of lists of active tasks that V027 has left to the indexes over all tasks, which lead to finished ones first.
CREATE INDEX tasks_unfinished_initiator_idx ON tasker.tasks (initiator, task_id)
    WHERE initiator <> 'unknown' AND state IN ('draft', 'pending', 'in_progress', 'paused');
CREATE INDEX tasks_unfinished_source_system_idx ON tasker.tasks (source_system, task_id)
    WHERE source_system <> 'unknown' AND state IN ('draft', 'pending', 'in_progress', 'paused');
