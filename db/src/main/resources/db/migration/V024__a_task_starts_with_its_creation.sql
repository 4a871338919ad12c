-- What a new task needs of its template stands on one row: its edges, and how it begins. Whoever creates a task may claim
-- its first step in the same transaction.
-- See docs/decisions/0018-a-task-may-start-with-its-creation.md.

ALTER TABLE tasker.named_tasks
    -- The edges between its steps, by position: element by element a parent and its child.
    ADD COLUMN edge_parents      integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN edge_children     integer[] NOT NULL DEFAULT '{}',
    -- The handler of the one step that every task begins with; null where there are several, or it waits for a delay key.
    ADD COLUMN first_handler_key text;

CREATE FUNCTION tasker.note_shape(p_named_task_id bigint) RETURNS void
LANGUAGE sql
AS $$
    UPDATE tasker.named_tasks AS named_task
       SET edge_parents      = coalesce(edges.parents, '{}'),
           edge_children     = coalesce(edges.children, '{}'),
           first_handler_key = first.handler_key
      FROM (
          SELECT array_agg(parent.position ORDER BY child.position, parent.position) AS parents,
                 array_agg(child.position ORDER BY child.position, parent.position) AS children
            FROM tasker.named_tasks_named_steps AS child
            JOIN tasker.named_tasks_named_step_edges AS edge ON edge.to_id = child.named_tasks_named_step_id
            JOIN tasker.named_tasks_named_steps AS parent ON parent.named_tasks_named_step_id = edge.from_id
           WHERE child.named_task_id = p_named_task_id
             AND child.current
      ) AS edges
     CROSS JOIN (
          SELECT CASE WHEN count(*) = 1 AND bool_and(step.delay_key IS NULL) THEN min(step.handler_key) END AS handler_key
            FROM tasker.named_tasks_named_steps AS step
           WHERE step.named_task_id = p_named_task_id
             AND step.current
             AND step.parents = 0
      ) AS first
     WHERE named_task.named_task_id = p_named_task_id
$$;

SELECT tasker.note_shape(named_task.named_task_id) FROM tasker.named_tasks AS named_task;

-- Its parameters and the form of its rows change: the routine that follows makes it anew.
DROP FUNCTION IF EXISTS tasker.create_tasks(jsonb, boolean);
