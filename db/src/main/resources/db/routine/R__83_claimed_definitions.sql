-- What templates say of these steps and of all others of the same templates, for those who run them; kept by them for as
-- long as its version stays (claimed_steps).
CREATE OR REPLACE FUNCTION tasker.claimed_definitions(p_definition_ids bigint[])
RETURNS TABLE (definition_id bigint, definitions_version text, definition jsonb)
LANGUAGE sql STABLE
AS $$
    SELECT template_step.named_tasks_named_step_id,
           named_task.xmin::text,
           jsonb_build_object(
               'step_name', template_step.name,
               'handler_key', template_step.handler_key,
               'config', template_step.handler_config,
               'backoff', template_step.backoff,
               'timeout_seconds', template_step.timeout_seconds,
               'template_file', named_task.source_path,
               'namespace', namespace.name,
               'name', named_task.name,
               'version', named_task.version)
      FROM tasker.named_tasks_named_steps AS template_step
      JOIN tasker.named_tasks AS named_task ON named_task.named_task_id = template_step.named_task_id
      JOIN tasker.task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
     WHERE template_step.named_task_id IN (
               SELECT asked.named_task_id
                 FROM tasker.named_tasks_named_steps AS asked
                WHERE asked.named_tasks_named_step_id = ANY (p_definition_ids))
$$;
