-- Applies to new tasks what their task handlers have asked for.
--   Takes    the requests of create_tasks; only those with step_defaults are looked at:
--            step_defaults {step name: {retryable, retry_limit, inputs, added: [names of more parents]}}, each optional;
--            step_order [step names], present where an added parent would come after its child.
--   The steps get new ids in step_order, so that edges go on to ascend (see refuse_cycle, and the locks of
--   expire_deadlines); nothing but their edges refers to the old ids yet.
--   Locks    new rows only.   Caller   create_tasks, after it has stored the steps and their edges.
CREATE OR REPLACE FUNCTION tasker.apply_step_defaults(p_requests jsonb, p_task_ids bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_task record;
BEGIN
    FOR v_task IN
        SELECT task.task_id, request.value -> 'step_defaults' AS step_defaults, request.value -> 'step_order' AS step_order
          FROM (
              -- Of requests with the same identity, the first one is the task.
              SELECT DISTINCT ON (given.value ->> 'identity_hash') given.value, given.value ->> 'identity_hash' AS identity_hash
                FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS given (value, ordinality)
               ORDER BY given.value ->> 'identity_hash', given.ordinality
          ) AS request
          JOIN tasker.tasks AS task ON task.identity_hash = request.identity_hash
         WHERE task.task_id = ANY (p_task_ids)
           AND request.value ? 'step_defaults'
         ORDER BY task.task_id
    LOOP
        IF v_task.step_order IS NOT NULL THEN
            WITH renumbered AS MATERIALIZED (
                SELECT nextval('tasker.workflow_steps_workflow_step_id_seq') AS workflow_step_id, element.name
                  FROM (
                      SELECT given.name
                        FROM jsonb_array_elements_text(v_task.step_order) WITH ORDINALITY AS given (name, ordinality)
                       ORDER BY given.ordinality
                  ) AS element
            ),
            mapped AS MATERIALIZED (
                SELECT step.workflow_step_id AS old_id, renumbered.workflow_step_id AS new_id
                  FROM renumbered
                  JOIN tasker.workflow_steps AS step ON step.task_id = v_task.task_id AND step.name = renumbered.name
            ),
            moved AS (
                UPDATE tasker.workflow_steps AS step
                   SET workflow_step_id = mapped.new_id
                  FROM mapped
                 WHERE step.workflow_step_id = mapped.old_id
            )
            UPDATE tasker.workflow_step_edges AS edge
               SET from_step_id = parent.new_id, to_step_id = child.new_id
              FROM mapped AS parent, mapped AS child
             WHERE edge.from_step_id = parent.old_id
               AND edge.to_step_id = child.old_id;
        END IF;

        UPDATE tasker.workflow_steps AS step
           SET retryable          = coalesce((wish.value ->> 'retryable')::boolean, step.retryable),
               retry_limit        = coalesce((wish.value ->> 'retry_limit')::integer, step.retry_limit),
               inputs             = coalesce(wish.value -> 'inputs', step.inputs),
               unmet_dependencies = step.unmet_dependencies + added.unmet,
               claimable          = step.claimable AND added.unmet = 0
          FROM jsonb_each(v_task.step_defaults) AS wish (name, value)
         CROSS JOIN LATERAL (
             SELECT count(*)::integer AS unmet
               FROM jsonb_array_elements_text(coalesce(wish.value -> 'added', '[]')) AS given (name)
               JOIN tasker.workflow_steps AS parent ON parent.task_id = v_task.task_id AND parent.name = given.name
              WHERE NOT tasker.dependency_is_satisfied(parent.state)
         ) AS added
         WHERE step.task_id = v_task.task_id
           AND step.name = wish.name;

        INSERT INTO tasker.workflow_step_edges (task_id, from_step_id, to_step_id)
        SELECT v_task.task_id, parent.workflow_step_id, child.workflow_step_id
          FROM jsonb_each(v_task.step_defaults) AS wish (name, value)
         CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(wish.value -> 'added', '[]')) AS given (name)
          JOIN tasker.workflow_steps AS child ON child.task_id = v_task.task_id AND child.name = wish.name
          JOIN tasker.workflow_steps AS parent ON parent.task_id = v_task.task_id AND parent.name = given.name
         ORDER BY child.workflow_step_id, parent.workflow_step_id;
    END LOOP;
END
$$;
