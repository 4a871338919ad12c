-- How the system did since a time (by default in the last hour): what was created, what ended and how, how long it took.
--   completion_count, error_count   tasks that ended so since then, by their own state; each is one of them or neither.
--   completion_rate, error_rate     their shares of the two together, in percent; 0 where there are none.
--   system_health_score             completed / (completed + failed) of the last hour, whatever p_since; 1 without any.
--   *_task_duration                 seconds from the creation of a task to its end, of complete and failed ones.
--   *_step_duration                 seconds that the last attempt of a step took, of steps completed since then.
--   p50, p95, p99                   computed from every value. Durations are null where nothing has ended.
--   Archived tasks count like others.
--   Returns  one row.
--   Index    *_ended_at_idx and *_created_at_idx; steps through their tasks: a step that was completed since then is
--            of a task that has not ended or that ended since then. The plan is made for the time asked for: a long time
--            is read in one go.
--   Caller   HistoryStore.
CREATE OR REPLACE FUNCTION tasker.get_analytics_metrics(p_since timestamptz DEFAULT NULL)
RETURNS TABLE (
    active_tasks_count      bigint,
    total_namespaces_count  bigint,
    unique_task_types_count bigint,
    system_health_score     numeric,
    task_throughput         bigint,
    completion_count        bigint,
    error_count             bigint,
    completion_rate         numeric,
    error_rate              numeric,
    avg_task_duration       numeric,
    p50_task_duration       numeric,
    p95_task_duration       numeric,
    p99_task_duration       numeric,
    step_throughput         bigint,
    avg_step_duration       numeric,
    p50_step_duration       numeric,
    p95_step_duration       numeric,
    p99_step_duration       numeric,
    analysis_period_start   timestamptz,
    calculated_at           timestamptz
)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan
SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := tasker.now();
    v_since  timestamptz := coalesce(p_since, v_now - interval '1 hour');
    v_hour   record;
    v_tasks  record;
    v_steps  record;
BEGIN
    SELECT count(*) FILTER (WHERE ended.state = 'complete') AS complete,
           count(*) FILTER (WHERE ended.state = 'error') AS error
      INTO v_hour
      FROM tasker.tasks AS ended
     WHERE ended.ended_at >= v_now - interval '1 hour';

    SELECT count(*) FILTER (WHERE ended.state = 'complete') AS complete,
           count(*) FILTER (WHERE ended.state = 'error') AS error,
           avg(ended.seconds) AS mean,
           percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY ended.seconds) AS points
      INTO v_tasks
      FROM (
          SELECT task.state, extract(epoch FROM task.ended_at - task.created_at)::double precision AS seconds
            FROM tasker.tasks AS task
           WHERE task.ended_at >= v_since
             AND task.state IN ('complete', 'error')
          UNION ALL
          SELECT task.state, extract(epoch FROM task.ended_at - task.created_at)::double precision
            FROM tasker.archived_tasks AS task
           WHERE task.ended_at >= v_since
             AND task.state IN ('complete', 'error')
      ) AS ended;

    SELECT count(*) AS complete,
           avg(done.seconds) AS mean,
           percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY done.seconds) AS points
      INTO v_steps
      FROM (
          SELECT extract(epoch FROM step.ended_at - step.last_attempted_at)::double precision AS seconds
            FROM tasker.workflow_steps AS step
            JOIN tasker.tasks AS task ON task.task_id = step.task_id
           WHERE step.state = 'complete'
             AND step.ended_at >= v_since
             AND (task.ended_at >= v_since OR task.state IN ('draft', 'pending', 'in_progress', 'paused'))
          UNION ALL
          SELECT extract(epoch FROM step.ended_at - step.last_attempted_at)::double precision
            FROM tasker.archived_workflow_steps AS step
            JOIN tasker.archived_tasks AS task ON task.task_id = step.task_id
           WHERE step.state = 'complete'
             AND step.ended_at >= v_since
             AND task.ended_at >= v_since
      ) AS done;

    RETURN QUERY
    SELECT (SELECT count(*)
              FROM tasker.tasks AS task
             WHERE task.state IN ('draft', 'pending', 'in_progress', 'paused')
               AND tasker.task_is_live(task.state)),
           (SELECT count(*) FROM tasker.task_namespaces),
           (SELECT count(*)
              FROM (SELECT DISTINCT named_task.task_namespace_id, named_task.name
                      FROM tasker.named_tasks AS named_task) AS types),
           coalesce(round(v_hour.complete::numeric / nullif(v_hour.complete + v_hour.error, 0), 3), 1.0),
           (SELECT count(*) FROM tasker.tasks AS task WHERE task.created_at >= v_since)
               + (SELECT count(*) FROM tasker.archived_tasks AS task WHERE task.created_at >= v_since),
           v_tasks.complete,
           v_tasks.error,
           coalesce(round(v_tasks.complete * 100.0 / nullif(v_tasks.complete + v_tasks.error, 0), 2), 0),
           coalesce(round(v_tasks.error * 100.0 / nullif(v_tasks.complete + v_tasks.error, 0), 2), 0),
           round(v_tasks.mean::numeric, 3),
           round(v_tasks.points[1]::numeric, 3),
           round(v_tasks.points[2]::numeric, 3),
           round(v_tasks.points[3]::numeric, 3),
           v_steps.complete,
           round(v_steps.mean::numeric, 3),
           round(v_steps.points[1]::numeric, 3),
           round(v_steps.points[2]::numeric, 3),
           round(v_steps.points[3]::numeric, 3),
           v_since,
           v_now;
END
$$;
