-- Archives one batch: moves tasks that ended before p_before, oldest end first, with their steps, edges, transitions and
-- annotations, and counts them in archived_task_totals. All or none of it; run again, it goes on with the next ones.
--   Takes    p_after_ended_at, p_after_task_id   the last task that the batch before has looked at: each is looked at
--            once in a run.
--   Moves    complete, cancelled and resolved_manually tasks, with p_include_errors also those in error. Never a task
--            of which a step is still running, whose task handler is still to be asked for annotations, or of which a
--            durable subscriber has not had every transition: they wait for a later run.
--   Returns  one row. seen_tasks: how many were looked at; fewer than p_limit: there are no more. last_*: where the next
--            batch goes on.
--   Raises   invalid_parameter_value where p_before is in the future.
--   Locks    workflow_steps by id, then tasks by id, and skips what others hold: it never waits for them, and an
--            operator or a wave that comes second waits for one batch and finds the task gone.
--   Index    tasks_ended_at_idx; all else by task.
--   Caller   ArchiveStore, in a transaction of its own.
CREATE OR REPLACE FUNCTION tasker.archive_tasks(
    p_before         timestamptz,
    p_limit          integer     DEFAULT 500,
    p_include_errors boolean     DEFAULT false,
    p_after_ended_at timestamptz DEFAULT '-infinity',
    p_after_task_id  bigint      DEFAULT 0
)
RETURNS TABLE (
    seen_tasks    integer,
    tasks         integer,
    steps         bigint,
    edges         bigint,
    transitions   bigint,
    annotations   bigint,
    last_ended_at timestamptz,
    last_task_id  bigint
)
LANGUAGE plpgsql
-- Planned for its limit: a plan for any limit would sort all that has ended. Once in a batch that is nothing.
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_variable
DECLARE
    v_states   text[] := ARRAY['complete', 'cancelled', 'resolved_manually']
                         || CASE WHEN p_include_errors THEN ARRAY['error'] ELSE '{}' END;
    v_task_ids bigint[];
BEGIN
    IF p_before > tasker.now() THEN
        RAISE EXCEPTION 'the retention date % is in the future; now is %', p_before, tasker.now()
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Only tasks that ended in the past can be archived.';
    END IF;

    WITH seen AS (
        SELECT task.task_id, task.ended_at
          FROM tasker.tasks AS task
         WHERE task.ended_at IS NOT NULL
           AND task.ended_at < p_before
           AND (task.ended_at, task.task_id) > (p_after_ended_at, p_after_task_id)
           AND task.state = ANY (v_states)
         ORDER BY task.ended_at, task.task_id
         LIMIT p_limit
    )
    SELECT count(*), array_agg(seen.task_id ORDER BY seen.task_id),
           (array_agg(seen.ended_at ORDER BY seen.ended_at DESC, seen.task_id DESC))[1],
           (array_agg(seen.task_id ORDER BY seen.ended_at DESC, seen.task_id DESC))[1]
      INTO seen_tasks, v_task_ids, last_ended_at, last_task_id
      FROM seen;

    v_task_ids := tasker.lock_for_archive(coalesce(v_task_ids, '{}'), p_before, v_states);
    tasks := cardinality(v_task_ids);
    IF tasks > 0 THEN
        PERFORM tasker.ensure_archive_partitions(v_task_ids);
        PERFORM tasker.count_archived(v_task_ids);
        transitions := tasker.move_to_archive('workflow_step_transitions', v_task_ids)
                       + tasker.move_to_archive('task_transitions', v_task_ids);
        annotations := tasker.move_to_archive('task_annotations', v_task_ids);
        edges := tasker.move_to_archive('workflow_step_edges', v_task_ids);
        -- Left for attempts that there will not be.
        DELETE FROM tasker.step_checkpoints AS known WHERE known.task_id = ANY (v_task_ids);
        steps := tasker.move_to_archive('workflow_steps', v_task_ids);
        IF tasker.move_to_archive('tasks', v_task_ids) <> tasks THEN
            RAISE EXCEPTION 'not every task of the batch was there to be moved';
        END IF;
    END IF;
    RETURN QUERY SELECT seen_tasks, tasks, coalesce(steps, 0), coalesce(edges, 0), coalesce(transitions, 0),
                        coalesce(annotations, 0), last_ended_at, last_task_id;
END
$$;
