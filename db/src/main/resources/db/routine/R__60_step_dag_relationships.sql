-- How the steps of each task hang together. Read-only.
--   min_depth_from_root  shortest distance from any root; null beyond 50 edges.
-- Filter by task_id: the depth is computed per task.
CREATE OR REPLACE VIEW tasker.step_dag_relationships AS
SELECT step.workflow_step_id,
       step.task_id,
       step.named_step_id,
       coalesce(parents.ids, '[]'::jsonb) AS parent_step_ids,
       coalesce(children.ids, '[]'::jsonb) AS child_step_ids,
       coalesce(parents.total, 0) AS parent_count,
       coalesce(children.total, 0) AS child_count,
       coalesce(parents.total, 0) = 0 AS is_root_step,
       coalesce(children.total, 0) = 0 AS is_leaf_step,
       depth.distance AS min_depth_from_root
  FROM tasker.workflow_steps AS step
  LEFT JOIN LATERAL (
      SELECT jsonb_agg(edge.from_step_id ORDER BY edge.from_step_id) AS ids, count(*)::integer AS total
        FROM tasker.workflow_step_edges AS edge
       WHERE edge.to_step_id = step.workflow_step_id
  ) AS parents ON true
  LEFT JOIN LATERAL (
      SELECT jsonb_agg(edge.to_step_id ORDER BY edge.to_step_id) AS ids, count(*)::integer AS total
        FROM tasker.workflow_step_edges AS edge
       WHERE edge.from_step_id = step.workflow_step_id
  ) AS children ON true
  LEFT JOIN LATERAL (
      WITH RECURSIVE upward AS (
          SELECT step.workflow_step_id AS step_id, 0 AS distance
          UNION
          SELECT edge.from_step_id, upward.distance + 1
            FROM upward
            JOIN tasker.workflow_step_edges AS edge ON edge.to_step_id = upward.step_id
           WHERE upward.distance < 50
      )
      SELECT min(upward.distance) AS distance
        FROM upward
       WHERE NOT EXISTS (
                 SELECT 1
                   FROM tasker.workflow_step_edges AS edge
                  WHERE edge.to_step_id = upward.step_id)
  ) AS depth ON true;
