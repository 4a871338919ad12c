-- How often tasks and steps came into each state, and how long they were in the state before.
--   p_task_id          only this task; null: all tasks, then p_since must be given.
--   p_since, p_until   only transitions from this time on, and before that one; null: no bound.
--   subject            task or step.
--   average_seconds_since_previous   over transitions that have an earlier one of the same task or step within the
--                      bounds; null where none has.
--   Index   transitions by task, or their BRIN index of times.   Caller   TransitionQueryStore.
CREATE OR REPLACE FUNCTION tasker.get_transition_statistics(
    p_task_id bigint, p_since timestamptz, p_until timestamptz
)
RETURNS TABLE (subject text, to_state text, transitions bigint, average_seconds_since_previous numeric)
LANGUAGE plpgsql STABLE
-- Planned for the values at hand: with a task, with a time or with both are three different plans.
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH moves AS (
        SELECT 'task' AS subject,
               transition.to_state,
               transition.created_at - lag(transition.created_at) OVER (
                   PARTITION BY transition.task_id ORDER BY transition.task_transition_id) AS pause
          FROM tasker.task_transitions AS transition
         WHERE (p_task_id IS NULL OR transition.task_id = p_task_id)
           AND (p_since IS NULL OR transition.created_at >= p_since)
           AND (p_until IS NULL OR transition.created_at < p_until)
        UNION ALL
        SELECT 'step',
               transition.to_state,
               transition.created_at - lag(transition.created_at) OVER (
                   PARTITION BY transition.workflow_step_id ORDER BY transition.workflow_step_transition_id)
          FROM tasker.workflow_step_transitions AS transition
         WHERE (p_task_id IS NULL OR transition.task_id = p_task_id)
           AND (p_since IS NULL OR transition.created_at >= p_since)
           AND (p_until IS NULL OR transition.created_at < p_until)
    )
    SELECT moves.subject,
           moves.to_state::text,
           count(*),
           round(avg(extract(epoch FROM moves.pause)), 6)
      FROM moves
     GROUP BY moves.subject, moves.to_state
     ORDER BY moves.subject DESC, moves.to_state;
END
$$;
