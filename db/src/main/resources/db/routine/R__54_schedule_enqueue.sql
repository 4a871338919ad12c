-- Notes that a queue outside of the database is about to be given a task, to run it after p_delay.
--   Takes    p_repeat: how long after that the task counts as lost, and the sweep takes it;
--            p_looked: how long ago the caller looked at the task, of which p_delay came.
--   Returns  whether the caller is to hand it over: not where the task has ended or rests, and not where another job for
--            it is promised in time already. Nor, to run it later, where the task is due now, because somebody wants it run at once:
--            the sweep hands it over within a second. Where it did so after the caller looked, that job may have found the
--            caller's own still at work, and gone: the sweep then takes the task again.
--   Locks    the task.   Caller   the job of a task, at its end.
-- Its parameters have changed once.
DROP FUNCTION IF EXISTS tasker.schedule_enqueue(bigint, interval, interval);
CREATE OR REPLACE FUNCTION tasker.schedule_enqueue(
    p_task_id bigint, p_delay interval, p_repeat interval DEFAULT '60 s', p_looked interval DEFAULT '0 s'
) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    v_next_at  timestamptz;
    v_given_at timestamptz;
    v_runs_at  timestamptz;
BEGIN
    SELECT task.next_enqueue_at, task.enqueued_at, task.next_enqueue_at - p_repeat
      INTO v_next_at, v_given_at, v_runs_at
      FROM tasker.tasks AS task
     WHERE task.task_id = p_task_id
       AND task.enqueuer IS NOT NULL
       AND tasker.task_is_live(task.state)
       FOR NO KEY UPDATE;
    -- A caller that hands it over at once puts nothing off.
    IF NOT FOUND OR (v_next_at <= tasker.now() AND p_delay > interval '0') THEN
        RETURN false;
    END IF;
    IF v_runs_at > tasker.now() AND v_runs_at <= tasker.now() + p_delay THEN
        RETURN false;
    END IF;
    IF v_runs_at <= tasker.now() AND v_given_at > tasker.now() - p_looked AND p_delay > interval '0' THEN
        UPDATE tasker.tasks AS task
           SET next_enqueue_at = tasker.now()
         WHERE task.task_id = p_task_id;
        RETURN false;
    END IF;

    UPDATE tasker.tasks AS task
       SET enqueued_at = tasker.now(), next_enqueue_at = tasker.now() + p_delay + p_repeat
     WHERE task.task_id = p_task_id;
    RETURN true;
END
$$;
