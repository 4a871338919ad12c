-- How the system did since a time (by default in the last hour): what was created, what ended and how, how long it took.
--   completion_count, error_count   tasks that ended so since then, by their own state; each is one of them or neither.
--   completion_rate, error_rate     their shares of the two together, in percent; 0 where there are none.
--   system_health_score             completed / (completed + failed) of the last hour, whatever p_since; 1 without any.
--   *_task_duration                 seconds from the creation of a task to its end, of complete and failed ones.
--   *_step_duration                 seconds that the last attempt of a step took, of steps completed since then.
--   p50, p95, p99                   computed from every value, in whole milliseconds; null where there is none.
--   Archived tasks count like others.
--   Returns  one row.
--   Index    *_ended_at_idx and *_created_at_idx; the rest see ended_task_durations and completed_step_durations.
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
LANGUAGE sql STABLE
AS $$
    WITH asked AS (
        SELECT coalesce(p_since, tasker.now() - interval '1 hour') AS since
    ),
    task_durations AS MATERIALIZED (
        SELECT duration.state, duration.milliseconds, duration.tasks
          FROM asked
         CROSS JOIN LATERAL tasker.ended_task_durations(asked.since) AS duration
    ),
    step_durations AS MATERIALIZED (
        SELECT duration.milliseconds, sum(duration.steps)::bigint AS steps
          FROM asked
         CROSS JOIN LATERAL tasker.completed_step_durations(asked.since) AS duration
         GROUP BY duration.milliseconds
    ),
    last_hour AS (
        SELECT count(*) FILTER (WHERE task.state = 'complete') AS complete,
               count(*) FILTER (WHERE task.state IN ('complete', 'error')) AS ended
          FROM tasker.tasks AS task
         WHERE task.ended_at >= tasker.now() - interval '1 hour'
    ),
    ended AS (
        SELECT coalesce(sum(duration.tasks) FILTER (WHERE duration.state = 'complete'), 0)::bigint AS complete,
               coalesce(sum(duration.tasks) FILTER (WHERE duration.state = 'error'), 0)::bigint AS error,
               sum(duration.tasks) AS total,
               sum(duration.tasks * duration.milliseconds) / sum(duration.tasks) AS mean
          FROM task_durations AS duration
    ),
    ended_points AS (
        SELECT tasker.percentiles(
                   array_agg(duration.milliseconds ORDER BY duration.milliseconds),
                   array_agg(duration.tasks ORDER BY duration.milliseconds),
                   ARRAY[0.5, 0.95, 0.99]) AS points
          FROM (SELECT each.milliseconds, sum(each.tasks)::bigint AS tasks
                  FROM task_durations AS each
                 GROUP BY each.milliseconds) AS duration
    ),
    done AS (
        SELECT coalesce(sum(duration.steps), 0)::bigint AS complete,
               sum(duration.steps * duration.milliseconds)
                   / sum(duration.steps) FILTER (WHERE duration.milliseconds IS NOT NULL) AS mean,
               tasker.percentiles(
                   array_agg(duration.milliseconds ORDER BY duration.milliseconds)
                       FILTER (WHERE duration.milliseconds IS NOT NULL),
                   array_agg(duration.steps ORDER BY duration.milliseconds)
                       FILTER (WHERE duration.milliseconds IS NOT NULL),
                   ARRAY[0.5, 0.95, 0.99]) AS points
          FROM step_durations AS duration
    )
    SELECT (SELECT count(*)
              FROM tasker.tasks AS task
             WHERE task.state IN ('draft', 'pending', 'in_progress', 'paused')
               AND tasker.task_is_live(task.state)),
           (SELECT count(*) FROM tasker.task_namespaces),
           (SELECT count(*)
              FROM (SELECT DISTINCT named_task.task_namespace_id, named_task.name
                      FROM tasker.named_tasks AS named_task) AS types),
           coalesce(round(last_hour.complete::numeric / nullif(last_hour.ended, 0), 3), 1.0),
           (SELECT count(*) FROM tasker.tasks AS task WHERE task.created_at >= asked.since)
               + (SELECT count(*) FROM tasker.archived_tasks AS task WHERE task.created_at >= asked.since),
           ended.complete,
           ended.error,
           coalesce(round(ended.complete * 100.0 / nullif(ended.total, 0), 2), 0),
           coalesce(round(ended.error * 100.0 / nullif(ended.total, 0), 2), 0),
           round(ended.mean / 1000, 3),
           round((ended_points.points[1] / 1000)::numeric, 3),
           round((ended_points.points[2] / 1000)::numeric, 3),
           round((ended_points.points[3] / 1000)::numeric, 3),
           done.complete,
           round(done.mean / 1000, 3),
           round((done.points[1] / 1000)::numeric, 3),
           round((done.points[2] / 1000)::numeric, 3),
           round((done.points[3] / 1000)::numeric, 3),
           asked.since,
           tasker.now()
      FROM asked, last_hour, ended, ended_points, done
$$;
