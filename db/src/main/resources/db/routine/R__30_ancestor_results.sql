-- Results of every ancestor of a step (not only its direct parents), by step name.
CREATE OR REPLACE FUNCTION tasker.ancestor_results(p_step_id bigint)
RETURNS TABLE (name text, state text, results jsonb)
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE ancestor AS (
        SELECT edge.from_step_id AS step_id
          FROM tasker.workflow_step_edges AS edge
         WHERE edge.to_step_id = p_step_id
        UNION
        SELECT edge.from_step_id
          FROM ancestor
          JOIN tasker.workflow_step_edges AS edge ON edge.to_step_id = ancestor.step_id
    )
    SELECT step.name::text, step.state::text, step.results
      FROM ancestor
      JOIN tasker.workflow_steps AS step ON step.workflow_step_id = ancestor.step_id
     ORDER BY step.workflow_step_id
$$;
