-- Notes that a queue outside of the database is about to be given a task, to run it after p_delay.
--   Takes    p_repeat: how long after that the task counts as lost, and the sweep takes it.
--   Returns  whether the caller is to hand it over: not where the task has ended or rests, and not where another job for
--            it is promised in time already.
--   Locks    the task.   Caller   the job of a task, at its end.
CREATE OR REPLACE FUNCTION tasker.schedule_enqueue(p_task_id bigint, p_delay interval, p_repeat interval DEFAULT '60 s')
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE tasker.tasks AS task
       SET enqueued_at = tasker.now(), next_enqueue_at = tasker.now() + p_delay + p_repeat
     WHERE task.task_id = p_task_id
       AND task.enqueuer IS NOT NULL
       AND tasker.task_is_live(task.state)
       AND NOT (task.next_enqueue_at - p_repeat > tasker.now()
                AND task.next_enqueue_at - p_repeat <= tasker.now() + p_delay);
    RETURN FOUND;
END
$$;
