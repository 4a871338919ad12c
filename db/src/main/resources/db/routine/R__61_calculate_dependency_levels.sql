-- Level of each step of a task: 0 for roots, otherwise the longest path from a root.
CREATE OR REPLACE FUNCTION tasker.calculate_dependency_levels(p_task_id bigint)
RETURNS TABLE (workflow_step_id bigint, dependency_level integer)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    v_level_ids bigint[];
    v_level     integer := 0;
    v_left      bigint[];
BEGIN
    -- Level by level (Kahn): each round takes the steps whose parents are all placed, so that the cost grows with
    -- steps and edges and not with the number of paths.
    v_left := ARRAY(SELECT step.workflow_step_id FROM tasker.workflow_steps AS step WHERE step.task_id = p_task_id);
    WHILE cardinality(v_left) > 0 LOOP
        v_level_ids := ARRAY(
            SELECT candidate.step_id
              FROM unnest(v_left) AS candidate (step_id)
             WHERE NOT EXISTS (
                       SELECT 1
                         FROM tasker.workflow_step_edges AS edge
                        WHERE edge.to_step_id = candidate.step_id
                          AND edge.from_step_id = ANY (v_left))
        );
        EXIT WHEN cardinality(v_level_ids) = 0;
        RETURN QUERY
        SELECT placed.step_id, v_level FROM unnest(v_level_ids) AS placed (step_id) ORDER BY placed.step_id;
        v_left := ARRAY(SELECT unnest(v_left) EXCEPT SELECT unnest(v_level_ids));
        v_level := v_level + 1;
    END LOOP;
END
$$;
