-- The templates that a filter means, by their ids: every version where p_version is null, and so on.
--   Returns  null where nothing is filtered: all templates. An empty array: none.
--   Caller   get_slowest_steps, get_slowest_tasks.
CREATE OR REPLACE FUNCTION tasker.templates_named(p_namespace text, p_task_name text, p_version text) RETURNS bigint[]
LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN num_nonnulls(p_namespace, p_task_name, p_version) > 0 THEN ARRAY(
               SELECT named_task.named_task_id
                 FROM tasker.named_tasks AS named_task
                 JOIN tasker.task_namespaces AS namespace
                   ON namespace.task_namespace_id = named_task.task_namespace_id
                WHERE (p_namespace IS NULL OR namespace.name = p_namespace)
                  AND (p_task_name IS NULL OR named_task.name = p_task_name)
                  AND (p_version IS NULL OR named_task.version = p_version))
           END
$$;
