-- Writes onto the row of a template what its new tasks need of its steps (create_tasks): how many there are, the edges by
-- position, and the handler of the one step that every task begins with.
--   Locks    the template's row.   Caller   register_template, and the migration that brought the columns.
CREATE OR REPLACE FUNCTION tasker.note_shape(p_named_task_id bigint) RETURNS void
LANGUAGE sql
AS $$
    UPDATE tasker.named_tasks AS named_task
       SET total_steps       = steps.total,
           edge_parents      = coalesce(edges.parents, '{}'),
           edge_children     = coalesce(edges.children, '{}'),
           first_handler_key = steps.first_handler_key
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
          SELECT count(*) AS total,
                 CASE WHEN count(*) FILTER (WHERE step.parents = 0) = 1
                       AND bool_and(step.delay_key IS NULL) FILTER (WHERE step.parents = 0)
                      THEN min(step.handler_key) FILTER (WHERE step.parents = 0)
                 END AS first_handler_key
            FROM tasker.named_tasks_named_steps AS step
           WHERE step.named_task_id = p_named_task_id
             AND step.current
      ) AS steps
         WHERE named_task.named_task_id = p_named_task_id
$$;
