-- What an archiving run with this retention date would find. Changes nothing.
--   Returns  one row: tasks that ended before p_before, by state (those in error whether or not they would be moved), the
--            span of their ends, how many wait for their task handler, which durable subscribers are so far behind that
--            tasks wait for them, and the bytes that a task takes, with all that hangs on it and all indexes, as the size
--            of the live tables and the planner's number of tasks tell.
--   Index    tasks_ended_at_idx, tasks_annotations_due_idx.   Caller   ArchiveStore, for a dry run and before a run.
CREATE OR REPLACE FUNCTION tasker.archive_outlook(p_before timestamptz)
RETURNS TABLE (
    complete_tasks    bigint,
    cancelled_tasks   bigint,
    resolved_tasks    bigint,
    error_tasks       bigint,
    oldest_ended_at   timestamptz,
    newest_ended_at   timestamptz,
    hook_due_tasks    bigint,
    late_subscribers  text[],
    bytes_per_task    bigint
)
LANGUAGE sql STABLE
SET enable_seqscan = off
AS $$
    WITH ended AS (
        SELECT count(*) FILTER (WHERE task.state = 'complete') AS complete,
               count(*) FILTER (WHERE task.state = 'cancelled') AS cancelled,
               count(*) FILTER (WHERE task.state = 'resolved_manually') AS resolved,
               count(*) FILTER (WHERE task.state = 'error') AS error,
               count(*) AS total,
               min(task.ended_at) AS oldest,
               max(task.ended_at) AS newest
          FROM tasker.tasks AS task
         WHERE task.ended_at IS NOT NULL
           AND task.ended_at < p_before
    ),
    waiting AS (
        SELECT count(*) AS hook_due
          FROM tasker.tasks AS task
         WHERE task.annotations_due
           AND task.ended_at < p_before
    ),
    newest AS (
        SELECT moved.transaction_id
          FROM tasker.tasks AS task
          JOIN tasker.task_transitions AS moved ON moved.task_id = task.task_id
         WHERE task.ended_at = (SELECT ended.newest FROM ended)
         ORDER BY moved.transaction_id DESC
         LIMIT 1
    ),
    size AS (
        SELECT sum(pg_total_relation_size(part.relid)) AS bytes
          FROM unnest(ARRAY['tasker.tasks', 'tasker.task_annotations', 'tasker.workflow_steps',
                            'tasker.workflow_step_edges', 'tasker.task_transitions',
                            'tasker.workflow_step_transitions']::regclass[]) AS live (relid)
         CROSS JOIN LATERAL (
             SELECT live.relid
              WHERE NOT EXISTS (SELECT 1 FROM pg_partition_tree(live.relid))
             UNION ALL
             SELECT tree.relid::oid::regclass FROM pg_partition_tree(live.relid) AS tree WHERE tree.isleaf
         ) AS part (relid)
    )
    SELECT ended.complete,
           ended.cancelled,
           ended.resolved,
           ended.error,
           ended.oldest,
           ended.newest,
           waiting.hook_due,
           ARRAY(SELECT subscriber.name::text
                   FROM tasker.event_subscribers AS subscriber
                   JOIN newest ON subscriber.position_transaction_id < newest.transaction_id
                  ORDER BY subscriber.name),
           CASE WHEN ended.total = 0 THEN 0
                ELSE (size.bytes / greatest(tasks.reltuples::bigint, ended.total))::bigint
           END
      FROM ended
     CROSS JOIN waiting
     CROSS JOIN size
      JOIN pg_class AS tasks ON tasks.oid = 'tasker.tasks'::regclass
$$;
